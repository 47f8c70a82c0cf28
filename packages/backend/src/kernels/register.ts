import {
  getKernelsForBackend,
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  registerKernel,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import { anyEmpty } from '../guard.ts';
import { batchNormKernels } from './batch-norm.ts';
import { booleanKernels } from './booleans.ts';
import { castKernels } from './cast.ts';
import { channelKernels } from './channels.ts';
import { clippingKernels } from './clipping.ts';
import { convolutionKernels } from './convolution.ts';
import { depthwiseKernels } from './depthwise.ts';
import { elementwiseKernels } from './elementwise.ts';
import type { Kernel } from './kernel.ts';
import { lossKernels } from './losses.ts';
import { matmulKernels } from './matmul.ts';
import { oneHotKernels } from './one-hot.ts';
import { optimizerKernels } from './optimizers.ts';
import { packKernels } from './pack.ts';
import { poolingKernels } from './pooling.ts';
import { reductionKernels } from './reductions.ts';
import { rowKernels } from './rows.ts';
import { transposeKernels } from './transpose.ts';

const own: Record<string, Kernel> = {
  ...batchNormKernels,
  ...booleanKernels,
  ...castKernels,
  ...channelKernels,
  ...clippingKernels,
  ...convolutionKernels,
  ...depthwiseKernels,
  ...elementwiseKernels,
  ...lossKernels,
  ...matmulKernels,
  ...oneHotKernels,
  ...optimizerKernels,
  ...packKernels,
  ...poolingKernels,
  ...reductionKernels,
  ...rowKernels,
  ...transposeKernels,
};

/** Names of the kernels that are our own. */
export const ownKernels: readonly string[] = Object.keys(own);

/** Registers every kernel of the cpu backend and of our own under the backend's name. */
export function registerKernels(backendName: string): void {
  const cpu = new Map(getKernelsForBackend('cpu').map((config) => [config.kernelName, config]));
  for (const kernelName of new Set([...cpu.keys(), ...Object.keys(own)])) {
    registerKernel({
      ...cpu.get(kernelName),
      kernelName,
      backendName,
      kernelFunc: kernelFor(kernelName, own[kernelName], cpu.get(kernelName)),
    });
  }
}

function kernelFor(
  name: string,
  kernel: Kernel | undefined,
  cpu: KernelConfig | undefined,
): KernelConfig['kernelFunc'] {
  return (args: { inputs: NamedTensorInfoMap; attrs?: NamedAttrMap; backend: object }) => {
    const backend = args.backend as MnetBackend;
    return backend.running(name, () => {
      const inputs = args.inputs as Record<string, TensorInfo>;
      const attrs = (args.attrs ?? {}) as unknown as Record<string, unknown>;
      if (kernel && !anyEmpty(inputs)) {
        const out = backend.attempt(() => kernel({ inputs, attrs, backend }));
        if (out !== undefined) return out;
      }
      if (!cpu) throw new Error(`mnet: '${name}' does not take these inputs`);
      return backend.fallback(() => cpu.kernelFunc(args));
    });
  };
}
