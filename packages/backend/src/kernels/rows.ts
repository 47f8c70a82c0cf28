import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import { copyWords } from '../runtime/copy-words.ts';
import type { Kernel } from './kernel.ts';
import { streamChunks } from './plan.ts';

/** Slices along an axis, by their places; batches of places are left to the cpu backend, and places that are none. */
const gather: Kernel = ({ inputs, attrs, backend }) => {
  const { x, indices } = inputs as Record<'x' | 'indices', TensorInfo>;
  const { axis, batchDims = 0 } = attrs as { axis: number; batchDims?: number };
  if (!isOfWords(x) || indices.dtype !== 'int32' || batchDims !== 0) return undefined;
  const [along = 0] = util.parseAxisParam(axis, x.shape);
  const rows = x.shape[along] ?? 0;
  if (!areWithin(backend, indices, rows)) return undefined;
  const [before, after] = [x.shape.slice(0, along), x.shape.slice(along + 1)];
  const [groups, size] = [util.sizeFromShape(before), util.sizeFromShape(after)];
  const count = util.sizeFromShape(indices.shape);
  const out = backend.output([...before, ...indices.shape, ...after], x.dtype);
  backend.device.launch('gatherRows', streamChunks(8 * groups * count * size, groups * count), {
    x: backend.address(x),
    indices: backend.address(indices),
    out: backend.address(out),
    groups,
    rows,
    count,
    size,
  });
  return out;
};

/** A tensor with others in place of slices of its first axis; those of several axes are left to the cpu backend. */
const scatterUpdate: Kernel = ({ inputs, backend }) => {
  const { tensor, indices, updates } = inputs as Record<
    'tensor' | 'indices' | 'updates',
    TensorInfo
  >;
  const [rows = 0, ...slice] = tensor.shape;
  const [count = 0] = indices.shape;
  if (!isOfWords(tensor) || updates.dtype !== tensor.dtype || indices.dtype !== 'int32')
    return undefined;
  if (indices.shape.length !== 2 || indices.shape[1] !== 1) return undefined;
  if (updates.shape.join() !== [count, ...slice].join()) return undefined;
  if (!areWithin(backend, indices, rows)) return undefined;
  const out = backend.output(tensor.shape, tensor.dtype);
  const size = util.sizeFromShape(slice);
  const to = backend.address(out);
  copyWords(backend.device, backend.address(tensor), to, rows * size);
  backend.device.launch('scatterRows', 1, {
    x: backend.address(updates),
    indices: backend.address(indices),
    out: to,
    count,
    size,
  });
  return out;
};

function isOfWords(x: TensorInfo): x is TensorInfo & { dtype: 'float32' | 'int32' } {
  return x.dtype === 'float32' || x.dtype === 'int32';
}

/** Whether all are places of an axis: a kernel does not look, and to say so of others is the cpu backend's. */
function areWithin(backend: MnetBackend, indices: TensorInfo, rows: number): boolean {
  const values = backend.readSync(indices.dataId) as Int32Array;
  return values.every((index) => index >= 0 && index < rows);
}

export const rowKernels: Record<string, Kernel> = {
  GatherV2: gather,
  TensorScatterUpdate: scatterUpdate,
};
