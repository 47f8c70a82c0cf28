import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { floatBits } from '../runtime/float-bits.ts';
import type { Kernel } from './kernel.ts';
import { streamChunks } from './plan.ts';

/** Rows with one value at the places of a tensor, and another elsewhere. */
const oneHot: Kernel = ({ inputs, attrs, backend }) => {
  const indices = inputs.indices as TensorInfo;
  const { dtype, depth, onValue, offValue } = attrs as {
    dtype: DataType;
    depth: number;
    onValue: number;
    offValue: number;
  };
  if (indices.dtype !== 'int32' || (dtype !== 'float32' && dtype !== 'int32')) return undefined;
  const word = dtype === 'float32' ? floatBits : (value: number) => value | 0;
  const count = util.sizeFromShape(indices.shape);
  const out = backend.output([...indices.shape, depth], dtype);
  backend.device.launch('oneHot', streamChunks(4 * count * depth, count), {
    indices: backend.address(indices),
    out: backend.address(out),
    count,
    depth,
    on: word(onValue),
    off: word(offValue),
  });
  return out;
};

export const oneHotKernels: Record<string, Kernel> = { OneHot: oneHot };
