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
  const { batchSize: batch, inChannels: channels, outChannels: n } = g;
  const taps = g.filterHeight * g.filterWidth;
  const size = taps * channels * n;
  const places = batch * g.outHeight * g.outWidth;
  // Of a small filter over many places, slices of the batch are summed apart; of a large one, its blocks are.
  // A chunk's copies, 128 places of 48 channels and 128 columns, must fit a thread's scratch memory.
  const blockC = Math.min(roundUp(channels, 6), 48);
  const blockN = Math.min(roundUp(n, 8), 128);
  const blocks = taps * Math.ceil(channels / blockC) * Math.ceil(n / blockN);
  const slices = Math.max(
    1,
    Math.min(batch, 16, Math.ceil(64 / blocks), Math.floor((2 * places * size) / CHUNK_FLOPS)),
  );
  const chunks = slices * blocks;
  const parts =
    slices > 1 ? backend.allocate(4 * slices * size, 'the partial sums of a filter gradient') : out;
  try {
    backend.runtime.launch('filterGradient', chunks, [
      x,
      dy,
      parts,
      ...geometryWords(g, channels, n),
      slices,
      blockC,
      blockN,
    ]);
    if (slices > 1) {
      backend.runtime.launch('sumSlices', streamChunks(4 * slices * size, Math.ceil(size / 4)), [
        parts,
        out,
        slices,
        size,
      ]);
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
