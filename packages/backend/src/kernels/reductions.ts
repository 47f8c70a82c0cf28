import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { streamChunks } from './plan.ts';
import type { Kernel, KernelArguments } from './kernel.ts';

const sum: Kernel = (args) => reduce(args, false);
const mean: Kernel = (args) => reduce(args, true);

/** Sum or mean over consecutive axes; others are left to the cpu backend. */
function reduce(
  { inputs, attrs, backend }: KernelArguments,
  average: boolean,
): TensorInfo | undefined {
  const x = inputs.x as TensorInfo;
  const { axis, keepDims } = attrs as { axis?: number | number[]; keepDims?: boolean };
  const rank = x.shape.length;
  const size = util.sizeFromShape(x.shape);
  if (x.dtype !== 'float32' || rank === 0) return undefined;
  const axes = util.parseAxisParam(axis as number | number[], x.shape).toSorted((a, b) => a - b);
  if (axes.length === 0) return undefined;
  const shape = x.shape.filter((_, i) => !axes.includes(i));
  const leading = axes.every((a, i) => a === i);
  const trailing = axes.every((a, i) => a === rank - axes.length + i);
  const first = axes[0] as number;
  const consecutive = axes.every((a, i) => a === first + i);
  if (!consecutive) return undefined;
  const kept = util.sizeFromShape(shape);
  const reduced = size / kept;
  const factor = average ? 1 / reduced : 1;
  const outShape = keepDims ? x.shape.map((n, i) => (axes.includes(i) ? 1 : n)) : shape;
  const out = backend.output(outShape);
  const from = backend.address(x);
  const to = backend.address(out);
  if (!leading && !trailing) {
    // [images, pixels, channels] over the pixels.
    const images = util.sizeFromShape(x.shape.slice(0, first));
    backend.device.launch('sumPixels', streamChunks(4 * size, images), {
      x: from,
      out: to,
      images,
      channels: kept / images,
      pixels: reduced,
      factor,
      y: 0,
    });
    return out;
  }
  if (trailing && kept >= 1 && !(leading && reduced > 4096)) {
    const matrix = { x: from, out: to, rows: kept, columns: reduced, factor };
    backend.device.launch('sumColumns', streamChunks(4 * size, kept), matrix);
    return out;
  }
  // Over leading axes (or all of a long tensor, as rows of 16): partial sums of runs of rows, then their sum.
  const columns = leading && trailing ? 16 : kept;
  if (size % columns !== 0) {
    const matrix = { x: from, out: to, rows: kept, columns: reduced, factor };
    backend.device.launch('sumColumns', 1, matrix);
    return out;
  }
  const rows = size / columns;
  const chunks = streamChunks(4 * size, rows);
  const parts = backend.allocate(4 * (chunks + 1) * columns, 'the partial sums of a reduction');
  backend.device.launch('sumRows', chunks, { x: from, partials: parts, rows, columns });
  const total = leading && trailing ? parts + 4 * chunks * columns : to;
  backend.device.launch('sumSlices', 1, { parts, out: total, slices: chunks, size: columns });
  if (total !== to) {
    backend.device.launch('sumColumns', 1, { x: total, out: to, rows: 1, columns, factor });
  } else if (average) {
    backend.device.launch('scale', 1, { x: to, count: columns, factor });
  }
  return out;
}

/** The largest over trailing axes; others are left to the cpu backend. */
const max: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x as TensorInfo;
  const { reductionIndices, keepDims } = attrs as {
    reductionIndices?: number | number[];
    keepDims?: boolean;
  };
  const rank = x.shape.length;
  if (x.dtype !== 'float32' || rank === 0) return undefined;
  const axes = util
    .parseAxisParam(reductionIndices as number | number[], x.shape)
    .toSorted((a, b) => a - b);
  if (axes.length === 0 || !axes.every((a, i) => a === rank - axes.length + i)) return undefined;
  const shape = x.shape.slice(0, rank - axes.length);
  const size = util.sizeFromShape(x.shape);
  const rows = util.sizeFromShape(shape);
  const out = backend.output(keepDims ? [...shape, ...axes.map(() => 1)] : shape);
  backend.device.launch('largestOfRows', streamChunks(4 * size, rows), {
    x: backend.address(x),
    out: backend.address(out),
    rows,
    columns: size / rows,
  });
  return out;
};

export const reductionKernels: Record<string, Kernel> = { Sum: sum, Mean: mean, Max: max };
