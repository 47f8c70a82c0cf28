import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { TRANSPOSED } from '../generated/commands.ts';
import type { Kernel } from './kernel.ts';
import { streamChunks } from './plan.ts';

/** Matrices, or a batch of them, whose two runs of axes change places; other orders are left to the cpu backend. */
const transpose: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x as TensorInfo;
  const runs = runsOf(attrs.perm as number[], x.shape);
  if (x.dtype !== 'float32' && x.dtype !== 'int32') return undefined;
  const shape = (attrs.perm as number[]).map((axis) => x.shape[axis] as number);
  if (runs.length <= 1) {
    backend.incRef(x.dataId);
    return { ...x, shape };
  }
  // What comes first may stay there; two others that are not one run are in the other order.
  const first = runs[0] as Run;
  const matrices = first.axis === 0 ? first.size : 1;
  const turned = first.axis === 0 ? runs.slice(1) : runs;
  if (turned.length !== 2) return undefined;
  const [second, third] = turned as [Run, Run];
  const out = backend.output(shape, x.dtype);
  const pieces = matrices * Math.ceil(second.size / TRANSPOSED);
  backend.device.launch('transposeMatrices', streamChunks(8 * util.sizeFromShape(shape), pieces), {
    x: backend.address(x),
    out: backend.address(out),
    matrices,
    rows: third.size,
    columns: second.size,
  });
  return out;
};

/** Axes that lie side by side before and after. */
interface Run {
  /** The first of them, before. */
  readonly axis: number;
  size: number;
}

/** The runs in their order afterwards; axes of one element are in none. */
function runsOf(perm: readonly number[], shape: readonly number[]): Run[] {
  const runs: (Run & { next: number })[] = [];
  for (const axis of perm) {
    const size = shape[axis] as number;
    if (size === 1) continue;
    const last = runs.at(-1);
    let next = axis + 1;
    while (shape[next] === 1) next++;
    if (last?.next === axis) {
      last.size *= size;
      last.next = next;
    } else {
      runs.push({ axis, size, next });
    }
  }
  return runs;
}

export const transposeKernels: Record<string, Kernel> = { Transpose: transpose };
