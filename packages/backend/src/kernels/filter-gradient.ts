import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { MnetBackend } from '../backend.ts';
import type { Window } from '../generated/commands.ts';
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

/** Whether windows begin at the picture or before it: a negative padding cuts off, which our kernels do not know. */
export function isPadded({ padInfo }: Geometry): boolean {
  return padInfo.top >= 0 && padInfo.left >= 0;
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

/** The window that slides over the images, as all kernels of convolutions take it. */
export function windowOf(g: Geometry, channels: number, columns: number): Window {
  return {
    batch: g.batchSize,
    inputHeight: g.inHeight,
    inputWidth: g.inWidth,
    outputHeight: g.outHeight,
    outputWidth: g.outWidth,
    channels,
    columns,
    kernelHeight: g.filterHeight,
    kernelWidth: g.filterWidth,
    strideHeight: g.strideHeight,
    strideWidth: g.strideWidth,
    dilationHeight: g.dilationHeight,
    dilationWidth: g.dilationWidth,
    padTop: g.padInfo.top,
    padLeft: g.padInfo.left,
  };
}

/** out[tap][c][n] = Σ x · dy over the places of every image, by address (kernels/filter_gradient.c). */
export function filterGradient(
  backend: MnetBackend,
  x: number,
  dy: number,
  out: number,
  geometry: Geometry,
): void {
  const pixels = isPointwise(geometry);
  const g = pixels ? pixelsAsImages(geometry) : geometry;
  const { inChannels, outChannels: n } = g;
  const where = windowOf(g, inChannels, n);
  const joined =
    g.filterWidth > 1 && g.dilationWidth === 1 && inChannels * g.filterWidth <= MOST_JOINED;
  const taps = g.filterHeight * (joined ? 1 : g.filterWidth);
  const channels = inChannels * (joined ? g.filterWidth : 1);
  const places = g.batchSize * g.outHeight * g.outWidth;
  const work = { where, taps, channels, n, places, batch: g.batchSize, joined, pixels };
  launch(backend, x, dy, out, work);
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
  const sides = { inputHeight: 1, inputWidth: 1, outputHeight: 1, outputWidth: 1 };
  const steps = { strideHeight: 1, strideWidth: 1, dilationHeight: 0, dilationWidth: 0 };
  const kernel = { kernelHeight: 1, kernelWidth: count, padTop: 0, padLeft: 0 };
  const where = { batch: rows, ...sides, channels: m, columns: n, ...kernel, ...steps };
  const work = { where, taps: count, channels: m, n, places: rows, batch: rows, pixels: true };
  launch(backend, a, b, out, work, { aStep, bStep, add });
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
  /** The window of the command. */
  where: Window;
  taps: number;
  channels: number;
  n: number;
  /** Places that a tap sums over, in all images. */
  places: number;
  batch: number;
  /** Whether the taps of a row count as channels. */
  joined?: boolean;
  /** Whether images are of one pixel. */
  pixels: boolean;
}

/** The most channels that the joined taps of a row may make: those of one chunk. */
const MOST_JOINED = 24;

/** Whether so many rows of so many floats stay in place without pushing each other out of the L1 cache. */
function staysInPlace(floats: number): boolean {
  return floats <= 64 || (floats <= 192 && floats % 64 !== 0);
}

/**
 * Of a small filter over many places, slices of the batch are summed apart; of a large one, its blocks are. What is
 * added when decides the bits of the sum, so this counts by sizes of its own and not by those of the chunks.
 */
function slicesOf(
  taps: number,
  channels: number,
  n: number,
  places: number,
  batch: number,
): number {
  const parts = taps * Math.ceil(channels / 48) * Math.ceil(n / 128);
  const flops = 2 * places * taps * channels * n;
  return Math.max(1, Math.min(batch, 16, Math.ceil(64 / parts), Math.floor(flops / CHUNK_FLOPS)));
}

function launch(
  backend: MnetBackend,
  x: number,
  dy: number,
  out: number,
  { where, taps, channels, n, places, batch, joined = false, pixels }: Work,
  { aStep, bStep, add }: Pick<TransposedProducts, 'aStep' | 'bStep' | 'add'> = {
    aStep: 0,
    bStep: 0,
    add: false,
  },
): void {
  const size = taps * channels * n;
  const xStays = pixels && staysInPlace(channels);
  // A chunk's copies, 128 places of 96 channels and 144 columns, must fit a thread's scratch memory. Rows that stay are read
  // once for each strip of channels, so that fewer of them must stay in the L1 cache.
  const blockC = Math.min(roundUp(channels, 6), xStays ? 48 : 96);
  const blockN = Math.min(roundUp(n, 8), 144);
  const blocks = taps * Math.ceil(channels / blockC) * Math.ceil(n / blockN);
  const slices = add ? 1 : slicesOf(taps, channels, n, places, batch);
  const chunks = slices * blocks;
  const parts =
    slices > 1 ? backend.allocate(4 * slices * size, 'the partial sums of a filter gradient') : out;
  backend.device.launch('filterGradient', chunks, {
    x,
    dy,
    out: parts,
    ...where,
    slices,
    channelsPerChunk: blockC,
    columnsPerChunk: blockN,
    xTap: aStep,
    dyTap: bStep,
    add,
    joined,
    xStays,
    dyStays: pixels && staysInPlace(n),
  });
  if (slices === 1) return;
  const sum = { parts, out, slices, size };
  backend.device.launch('sumSlices', streamChunks(4 * slices * size, Math.ceil(size / 4)), sum);
  backend.free(parts);
}

/** 1 × 1 with stride 1 and no padding is a matrix product. */
export function isPointwise(g: Geometry): boolean {
  return (
    g.filterHeight * g.filterWidth === 1 &&
    g.strideHeight === 1 &&
    g.strideWidth === 1 &&
    g.inHeight === g.outHeight &&
    g.inWidth === g.outWidth &&
    // What is padded at the top may be cut off at the bottom.
    g.padInfo.top === 0 &&
    g.padInfo.left === 0
  );
}

/** The same pointwise convolution over as many images of one pixel. */
function pixelsAsImages(g: Geometry): Geometry {
  const pixels = { inHeight: 1, inWidth: 1, outHeight: 1, outWidth: 1 };
  return { ...g, ...pixels, batchSize: g.batchSize * g.inHeight * g.inWidth };
}
