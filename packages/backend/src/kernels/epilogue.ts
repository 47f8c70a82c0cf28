import { getBackend, getKernel, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { fusedActivationCode } from './activation.ts';
import type { Kernel, KernelArguments } from './kernel.ts';

/** What a fused kernel does to each value that it has computed; 0 is nothing. */
export interface Epilogue {
  /** Address of a row of float32 that is added to each row of the output. */
  bias: number;
  /** Code of the activation. */
  activation: number;
}

/** No bias, no activation. */
export const noEpilogue: Epilogue = { bias: 0, activation: 0 };

/**
 * A fused call's bias and activation as our kernels take them, for an output of so many axes and columns; undefined
 * where they take the one or the other not.
 */
export function epilogueOf(
  { inputs, attrs, backend }: KernelArguments,
  rank: number,
  columns: number,
): Epilogue | undefined {
  const { bias } = inputs;
  const activation = fusedActivationCode(attrs.activation);
  if (activation === undefined || (bias && !isRow(bias, rank, columns))) return undefined;
  return { bias: bias ? backend.address(bias) : 0, activation };
}

/** Whether adding a tensor to an output adds one number to each column: its shape says so, not its size. */
function isRow({ dtype, shape }: TensorInfo, rank: number, columns: number): boolean {
  const last = shape.at(-1) ?? 1;
  return (
    dtype === 'float32' &&
    shape.length <= rank &&
    last === columns &&
    util.sizeFromShape(shape) === columns
  );
}

/** The kernels of tfjs's fused activations, with what each takes beside x. */
const activationKernels: Record<
  string,
  { kernel: string; attrs?: (attrs: Record<string, unknown>) => Record<string, unknown> }
> = {
  relu: { kernel: 'Relu' },
  relu6: { kernel: 'Relu6' },
  elu: { kernel: 'Elu' },
  sigmoid: { kernel: 'Sigmoid' },
  prelu: { kernel: 'Prelu' },
  leakyrelu: { kernel: 'LeakyRelu', attrs: ({ leakyreluAlpha }) => ({ alpha: leakyreluAlpha }) },
};

/**
 * A fused call as kernels of their own, one after the other, as the cpu backend runs all of them: for a bias along
 * other axes and for activations that our kernels do not know. Shapes that do not fit give the errors of those kernels.
 *
 * @param product the kernel without bias and activation
 */
export function composed(args: KernelArguments, product: Kernel): TensorInfo | undefined {
  const { inputs, attrs, backend } = args;
  const name = (attrs.activation ?? 'linear') as string;
  const activation = activationKernels[name];
  if (!activation && name !== 'linear') return undefined;
  const first = product(args);
  if (first === undefined || Array.isArray(first)) return undefined;
  let y = first;
  const next = (kernel: string, operands: Record<string, TensorInfo>, options = {}): void => {
    const from = y;
    try {
      y = run(args, kernel, operands, options);
    } finally {
      backend.disposeData(from.dataId);
    }
  };
  if (inputs.bias) next('Add', { a: y, b: inputs.bias });
  if (activation) {
    const alpha = name === 'prelu' ? { alpha: inputs.preluActivationWeights as TensorInfo } : {};
    next(activation.kernel, { x: y, ...alpha }, activation.attrs?.(attrs));
  }
  return y;
}

function run(
  { backend }: KernelArguments,
  kernel: string,
  inputs: Record<string, TensorInfo>,
  attrs: Record<string, unknown>,
): TensorInfo {
  const config = getKernel(kernel, getBackend());
  return config.kernelFunc({ inputs, backend, attrs } as never) as TensorInfo;
}
