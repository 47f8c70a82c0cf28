import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import { binaryOperation, unaryOperation } from '../generated/commands.ts';
import { floatBits } from '../runtime/float-bits.ts';
import { type Pairing, pairingOf } from './pairs.ts';
import { streamChunks } from './plan.ts';
import type { Kernel } from './kernel.ts';

const binaryCodes = {
  Add: binaryOperation.add,
  Sub: binaryOperation.subtract,
  Multiply: binaryOperation.multiply,
  RealDiv: binaryOperation.divide,
  Maximum: binaryOperation.maximum,
  Minimum: binaryOperation.minimum,
  SquaredDifference: binaryOperation.squaredDifference,
  HardSigmoidGrad: binaryOperation.gateGradient,
  GeluGrad: binaryOperation.geluGradient,
} as const;

const unaryCodes = {
  Neg: unaryOperation.negative,
  Abs: unaryOperation.absolute,
  Sqrt: unaryOperation.root,
  Rsqrt: unaryOperation.inverseRoot,
  Square: unaryOperation.square,
  Reciprocal: unaryOperation.reciprocal,
  Relu: unaryOperation.reluOf,
  Relu6: unaryOperation.relu6Of,
  ClipByValue: unaryOperation.clip,
  Erf: unaryOperation.erf,
  HardSigmoid: unaryOperation.gate,
  Gelu: unaryOperation.geluOf,
  Exp: unaryOperation.exponential,
  Log: unaryOperation.logarithm,
  Sigmoid: unaryOperation.sigmoid,
  Softplus: unaryOperation.softplus,
  Elu: unaryOperation.elu,
  LeakyRelu: unaryOperation.leakyRelu,
  Tanh: unaryOperation.tanh,
  Step: unaryOperation.step,
} as const;

function binary(code: number): Kernel {
  return ({ inputs, backend }) => {
    const { a, b } = inputs as Record<'a' | 'b', TensorInfo>;
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
    const pairing = pairingOf(a.shape, b.shape);
    if (!pairing) return undefined;
    const { shape, rows, ...places } = pairing;
    const size = util.sizeFromShape(shape);
    const out = backend.output(shape);
    backend.device.launch(
      'binary',
      streamChunks(12 * size, rows > 1 ? rows : Math.ceil(size / 4)),
      {
        a: backend.address(a),
        b: backend.address(b),
        out: backend.address(out),
        ...places,
        operation: code,
      },
    );
    return out;
  };
}

/** By the gradient of what ELU gave, and that itself. */
const eluGrad: Kernel = ({ inputs, ...others }) => {
  const { dy, y } = inputs as Record<'dy' | 'y', TensorInfo>;
  return binary(binaryOperation.eluGradient)({ ...others, inputs: { a: dy, b: y } });
};

function unary(
  code: number,
  parameters: (attrs: Record<string, unknown>) => [number, number],
): Kernel {
  return ({ inputs, attrs, backend }) => {
    const x = inputs.x as TensorInfo;
    const size = util.sizeFromShape(x.shape);
    if (x.dtype !== 'float32') return undefined;
    const out = backend.output(x.shape);
    const [p, q] = parameters(attrs);
    backend.device.launch('unary', streamChunks(8 * size, Math.ceil(size / 4)), {
      x: backend.address(x),
      out: backend.address(out),
      count: size,
      operation: code,
      p,
      q,
    });
    return out;
  };
}

const parameters: Partial<
  Record<keyof typeof unaryCodes, (attrs: Record<string, unknown>) => [number, number]>
> = {
  ClipByValue: (attrs) => [attrs.clipValueMin as number, attrs.clipValueMax as number],
  Step: (attrs) => [attrs.alpha as number, 0],
  LeakyRelu: (attrs) => [attrs.alpha as number, 0],
};

/** The sum of several tensors of one shape, in their order. */
const addN: Kernel = ({ inputs, backend }) => {
  const list = Object.values(inputs);
  const [first] = list;
  if (!first || list.some((t) => t.dtype !== 'float32' || t.shape.join() !== first.shape.join())) {
    return undefined;
  }
  if (list.length === 1) {
    backend.incRef(first.dataId);
    return { ...first };
  }
  const size = util.sizeFromShape(first.shape);
  const { shape, rows: _, ...places } = pairingOf(first.shape, first.shape) as Pairing;
  const out = backend.output(shape);
  const to = backend.address(out);
  list.slice(1).forEach((next, i) => {
    backend.device.launch('binary', streamChunks(12 * size, Math.ceil(size / 4)), {
      a: i === 0 ? backend.address(first) : to,
      b: backend.address(next),
      out: to,
      ...places,
      operation: binaryCodes.Add,
    });
  });
  return out;
};

function filled(
  backend: MnetBackend,
  shape: number[],
  dtype: string,
  value: number,
): TensorInfo | undefined {
  if (dtype !== 'float32' && dtype !== 'int32') return undefined;
  const out = backend.output(shape, dtype);
  const size = util.sizeFromShape(shape);
  // Of a larger integer the lowest bits, as in an Int32Array.
  const word = dtype === 'float32' ? floatBits(value) : value | 0;
  backend.device.launch('fill', streamChunks(4 * size, size), {
    out: backend.address(out),
    count: size,
    word,
  });
  return out;
}

const fill: Kernel = ({ attrs, backend }) => {
  const { shape, value, dtype } = attrs as {
    shape: number[];
    value: number | string;
    dtype?: string;
  };
  if (typeof value !== 'number') return undefined;
  return filled(backend, shape, dtype ?? util.inferDtype(value), value);
};
const zerosLike: Kernel = ({ inputs, backend }) => {
  const x = inputs.x as TensorInfo;
  return filled(backend, x.shape, x.dtype, 0);
};
const onesLike: Kernel = ({ inputs, backend }) => {
  const x = inputs.x as TensorInfo;
  return filled(backend, x.shape, x.dtype, 1);
};

/** Whole numbers in even steps; others are left to the cpu backend, which rounds after each. */
const range: Kernel = ({ attrs, backend }) => {
  const { start, stop, step, dtype } = attrs as Record<'start' | 'stop' | 'step', number> & {
    dtype: string;
  };
  const count = Math.ceil((stop - start) / step);
  if (dtype !== 'int32' || count < 1) return undefined;
  if (
    ![start, step, start + count * step].every((n) => n === Math.trunc(n) && Math.abs(n) < 2 ** 31)
  )
    return undefined;
  const out = backend.output([count], 'int32');
  backend.device.launch('countUp', streamChunks(4 * count, Math.ceil(count / 16)), {
    out: backend.address(out),
    count,
    start,
    step,
  });
  return out;
};

/** A row repeated along the leading axes; other tilings are left to the cpu backend. */
const tile: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x as TensorInfo;
  const { reps } = attrs as { reps: number[] };
  const split = x.shape.findIndex((n) => n !== 1);
  if (x.dtype !== 'float32' || split < 0 || reps.length !== x.shape.length) return undefined;
  if (reps.slice(split).some((n) => n !== 1)) return undefined;
  const times = util.sizeFromShape(reps);
  const inner = util.sizeFromShape(x.shape);
  const out = backend.output(x.shape.map((n, i) => n * (reps[i] as number)));
  backend.device.launch('repeatRow', streamChunks(4 * inner * times, times), {
    row: backend.address(x),
    out: backend.address(out),
    size: inner,
    times,
  });
  return out;
};

export const elementwiseKernels: Record<string, Kernel> = {
  ...Object.fromEntries(Object.entries(binaryCodes).map(([name, code]) => [name, binary(code)])),
  ...Object.fromEntries(
    Object.entries(unaryCodes).map(([name, code]) => [
      name,
      unary(code, parameters[name as keyof typeof unaryCodes] ?? (() => [0, 0])),
    ]),
  ),
  EluGrad: eluGrad,
  AddN: addN,
  Tile: tile,
  Fill: fill,
  Range: range,
  ZerosLike: zerosLike,
  OnesLike: onesLike,
};
