import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import { CHUNK_FLOPS, roundUp, streamChunks } from './plan.ts';

/** What a convolution's kernels need of tfjs-core's Conv2DInfo. */
export interface Geometry {
  batchSize: number;
  inHeight: number;
  inWidth: number;
  outHeight: number;
  outWidth: number;
  inChannels: number;
  outChannels: number;
  filterHeight: number;
  filterWidth: number;
  strideHeight: number;
  strideWidth: number;
  dilationHeight: number;
  dilationWidth: number;
  padInfo: { top: number; left: number };
}

/** Whether `dy` has the output's shape: tfjs's transposed convolution also passes gradients that are larger. */
export function isOutput({ shape }: TensorInfo, g: Geometry): boolean {
  const [batch, height, width, channels] = shape;
  return (
    batch === g.batchSize &&
    height === g.outHeight &&
    width === g.outWidth &&
    channels === g.outChannels
  );
}

/** A command's words 5 to 9 and 12 to 19: the same in all convolution kernels. */
export function geometryWords(g: Geometry, channels: number, columns: number): number[] {
  return [
    g.batchSize,
    g.inHeight,
    g.inWidth,
    g.outHeight,
    g.outWidth,
    channels,
    columns,
    g.filterHeight,
    g.filterWidth,
    g.strideHeight,
    g.strideWidth,
    g.dilationHeight,
    g.dilationWidth,
    g.padInfo.top,
    g.padInfo.left,
  ];
}

/** out[tap][c][n] = Σ x · dy over the places of every image, by address (assembly/filter-gradient.ts). */
export function filterGradient(
  backend: MnetBackend,
  x: number,
  dy: number,
  out: number,
  geometry: Geometry,
): void {
  const g = isPointwise(geometry) ? pixelsAsImages(geometry) : geometry;
  const { inChannels: channels, outChannels: n } = g;
  const where = geometryWords(g, channels, n);
  const taps = g.filterHeight * g.filterWidth;
  const places = g.batchSize * g.outHeight * g.outWidth;
  launch(backend, x, dy, out, { where, taps, channels, n, places, batch: g.batchSize });
}

/** Products Aᵀ·B of matrices of `rows` rows that lie at equal steps; `out` has them one after the other. */
export function transposedProducts(
  backend: MnetBackend,
  a: number,
  b: number,
  out: number,
  { rows, m, n, count, aStep, bStep, add }: TransposedProducts,
): void {
  // As taps of a filter with no distance between them: images of one pixel, dilation 0.
  const where = [rows, 1, 1, 1, 1, m, n, 1, count, 1, 1, 0, 0, 0, 0];
  const products = [aStep, bStep, add ? 1 : 0];
  launch(
    backend,
    a,
    b,
    out,
    { where, taps: count, channels: m, n, places: rows, batch: rows },
    products,
  );
}

interface TransposedProducts {
  /** Rows of A and of B. */
  rows: number;
  /** Columns of A and of B. */
  m: number;
  n: number;
  /** Products, and the floats from one's A and B to the next's. */
  count: number;
  aStep: number;
  bStep: number;
  /** Whether to add to what `out` holds. */
  add: boolean;
}

interface Work {
  /** The command's words of geometry. */
  where: number[];
  taps: number;
  channels: number;
  n: number;
  /** Places that a tap sums over, in all images. */
  places: number;
  batch: number;
}

function launch(
  backend: MnetBackend,
  x: number,
  dy: number,
  out: number,
  { where, taps, channels, n, places, batch }: Work,
  products: number[] = [0, 0, 0],
): void {
  const size = taps * channels * n;
  // Of a small filter over many places, slices of the batch are summed apart; of a large one, its blocks are.
  // A chunk's copies, 128 places of 48 channels and 128 columns, must fit a thread's scratch memory.
  const blockC = Math.min(roundUp(channels, 6), 48);
  const blockN = Math.min(roundUp(n, 8), 128);
  const blocks = taps * Math.ceil(channels / blockC) * Math.ceil(n / blockN);
  const add = products[2] === 1;
  const slices = add
    ? 1
    : Math.max(
        1,
        Math.min(batch, 16, Math.ceil(64 / blocks), Math.floor((2 * places * size) / CHUNK_FLOPS)),
      );
  const chunks = slices * blocks;
  const parts =
    slices > 1 ? backend.allocate(4 * slices * size, 'the partial sums of a filter gradient') : out;
  try {
    const words = [x, dy, parts, ...where, slices, blockC, blockN, ...products];
    backend.runtime.launch('filterGradient', chunks, words);
    if (slices > 1) {
      const sum = [parts, out, slices, size];
      backend.runtime.launch(
        'sumSlices',
        streamChunks(4 * slices * size, Math.ceil(size / 4)),
        sum,
      );
    }
  } finally {
    if (slices > 1) backend.free(parts);
  }
}

/** 1 × 1 with stride 1 and no padding is a matrix product. */
export function isPointwise(g: Geometry): boolean {
  return (
    g.filterHeight * g.filterWidth === 1 &&
    g.strideHeight === 1 &&
    g.strideWidth === 1 &&
    g.inHeight === g.outHeight &&
    g.inWidth === g.outWidth
  );
}

/** The same pointwise convolution over as many images of one pixel. */
function pixelsAsImages(g: Geometry): Geometry {
  const pixels = { inHeight: 1, inWidth: 1, outHeight: 1, outWidth: 1 };
  return { ...g, ...pixels, batchSize: g.batchSize * g.inHeight * g.inWidth };
}
