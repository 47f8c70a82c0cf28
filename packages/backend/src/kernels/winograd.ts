import type { MnetBackend } from '../backend.ts';
import { type Epilogue, noEpilogue } from './epilogue.ts';
import { type Geometry, transposedProducts } from './filter-gradient.ts';
import { matmulPacked, type PackSource } from './matmul.ts';
import { streamChunks } from './plan.ts';

/** A 3 × 3 convolution of stride 1 from images of one size to images of another, padded by zeros. */
export interface Window {
  images: number;
  sourceHeight: number;
  sourceWidth: number;
  targetHeight: number;
  targetWidth: number;
  padTop: number;
  padLeft: number;
  /** Channels of the source. */
  channels: number;
  /** Channels of the target. */
  columns: number;
}

/** How the tiles of a window are computed. */
interface Tiling {
  /** Products along an axis: 6 for four outputs, or 3 for both outputs of a 2 × 2 image. */
  kind: 3 | 6;
  /** Outputs of a tile along an axis. */
  side: 2 | 4;
  tilesHigh: number;
  tilesWide: number;
}

/** Bytes of transformed values that are computed at a time: within reach of a second or third cache. */
const WAVE_BYTES = 2 ** 23;

/**
 * Vector operations of a transform for each value on the other side of it, as multiply-adds: a 6 × 6 transform has
 * 12 lines of 12 operations, and as many loads and stores, for 36 values.
 */
const TRANSFORM = 12;

/** The forward window of a convolution. */
export function forwardWindow(g: Geometry): Window {
  return {
    images: g.batchSize,
    sourceHeight: g.inHeight,
    sourceWidth: g.inWidth,
    targetHeight: g.outHeight,
    targetWidth: g.outWidth,
    padTop: g.padInfo.top,
    padLeft: g.padInfo.left,
    channels: g.inChannels,
    columns: g.outChannels,
  };
}

/** The window of its gradient by the input: the filter turned round over the output's gradient. */
export function gradientWindow(g: Geometry): Window {
  return {
    images: g.batchSize,
    sourceHeight: g.outHeight,
    sourceWidth: g.outWidth,
    targetHeight: g.inHeight,
    targetWidth: g.inWidth,
    padTop: 2 - g.padInfo.top,
    padLeft: 2 - g.padInfo.left,
    channels: g.outChannels,
    columns: g.inChannels,
  };
}

/** The tiling with which transformed tiles need clearly fewer operations than the window's taps; else undefined. */
export function tiling(g: Geometry, w: Window): Tiling | undefined {
  const { channels, columns, padTop, padLeft } = w;
  const plain = g.strideHeight * g.strideWidth * g.dilationHeight * g.dilationWidth === 1;
  if (!plain || g.filterHeight !== 3 || g.filterWidth !== 3) return undefined;
  if (channels % 4 !== 0 || columns % 4 !== 0) return undefined;
  const sides = [w.sourceHeight, w.sourceWidth, w.targetHeight, w.targetWidth];
  const pair = sides.every((n) => n === 2) && padTop === 1 && padLeft === 1;
  const kind = pair ? 3 : 6;
  const side = pair ? 2 : 4;
  const tilesHigh = Math.ceil(w.targetHeight / side);
  const tilesWide = Math.ceil(w.targetWidth / side);
  const tiles = w.images * tilesHigh * tilesWide;
  const taps =
    w.images *
    tapsInside(w.sourceHeight, w.targetHeight, padTop) *
    tapsInside(w.sourceWidth, w.targetWidth, padLeft);
  const product = channels * columns;
  const transforms = TRANSFORM * (tiles * (channels + columns) + product);
  return kind * kind * (tiles * product + transforms) < 0.8 * taps * product
    ? { kind, side, tilesHigh, tilesWide }
    : undefined;
}

/** Taps of all windows along an axis that meet the image. */
function tapsInside(input: number, output: number, pad: number): number {
  let taps = 0;
  for (let o = 0; o < output; o++) {
    for (let t = 0; t < 3; t++) taps += o + t >= pad && o + t - pad < input ? 1 : 0;
  }
  return taps;
}

/** Floats from a point of transformed values to the next: a cache line more, so that points differ in their place. */
function pointStep(floats: number): number {
  return Math.ceil(floats / 16) * 16 + 16;
}

/** Images of which the transformed values are computed at a time. */
function imagesAtATime(w: Window, { kind, tilesHigh, tilesWide }: Tiling): number {
  const points = kind * kind;
  // The transformed filter is read again for every wave: a wave should not be smaller than it.
  const bytes = Math.max(WAVE_BYTES, 4 * points * w.channels * w.columns);
  const image = 4 * points * tilesHigh * tilesWide * (w.channels + w.columns);
  const waves = Math.ceil((w.images * image) / bytes);
  return Math.ceil(w.images / Math.min(waves, w.images));
}

/**
 * target = act(filter ∗ source + bias).
 *
 * @param filter the filter's 9 taps; reversed for the gradient by the input
 */
export function winograd(
  backend: MnetBackend,
  w: Window,
  tiles: Tiling,
  filter: PackSource,
  source: number,
  target: number,
  { bias, activation }: Epilogue = noEpilogue,
): void {
  const { kind, tilesHigh, tilesWide } = tiles;
  const points = kind * kind;
  const { panels, width } = backend.device.packing(w.columns);
  const packedStep = pointStep(w.channels * width);
  const most = imagesAtATime(w, tiles);
  const perImage = tilesHigh * tilesWide;
  const valuesStep = pointStep(most * perImage * w.channels);
  const productsStep = pointStep(most * perImage * w.columns);
  const packed = backend.allocate(4 * points * packedStep, 'a transformed filter');
  const values = backend.allocate(4 * points * valuesStep, 'the transformed tiles of an image');
  const products = backend.allocate(4 * points * productsStep, 'the products of tiles');
  const { address, taps: _, reverse = 0, ...shape } = filter;
  const transformed = { packed, kind, turned: reverse > 0, pointStep: packedStep };
  backend.device.launch('winogradFilter', panels, { filter: address, ...shape, ...transformed });
  for (let image = 0; image < w.images; image += most) {
    const images = Math.min(most, w.images - image);
    const m = images * perImage;
    const from = source + 4 * image * w.sourceHeight * w.sourceWidth * w.channels;
    transformTiles(backend, w, tiles, from, values, images, valuesStep);
    matmulPacked(backend, {
      a: values,
      packed,
      c: products,
      m,
      n: w.columns,
      k: w.channels,
      products: { count: points, a: valuesStep, packed: packedStep, c: productsStep },
    });
    const to = target + 4 * image * w.targetHeight * w.targetWidth * w.columns;
    backend.device.launch('winogradOutput', streamChunks(4 * points * m * w.columns, m), {
      products,
      target: to,
      kind,
      images,
      height: w.targetHeight,
      width: w.targetWidth,
      tilesHigh,
      tilesWide,
      channels: w.columns,
      pointStep: productsStep,
      bias,
      activation,
    });
  }
  for (const block of [packed, values, products]) backend.free(block);
}

/** out[tap][c][n] = Σ x · dy, summed over tiles at each point and transformed back. */
export function winogradFilterGradient(
  backend: MnetBackend,
  w: Window,
  tiles: Tiling,
  x: number,
  dy: number,
  out: number,
): void {
  const { kind, tilesHigh, tilesWide } = tiles;
  const points = kind * kind;
  const size = w.channels * w.columns;
  const most = imagesAtATime(w, tiles);
  const perImage = tilesHigh * tilesWide;
  const valuesStep = pointStep(most * perImage * w.channels);
  const gradientsStep = pointStep(most * perImage * w.columns);
  const sums = backend.allocate(4 * points * size, 'the transformed gradient of a filter');
  const values = backend.allocate(4 * points * valuesStep, 'the transformed tiles of an image');
  const gradients = backend.allocate(
    4 * points * gradientsStep,
    "the transformed tiles of an output's gradient",
  );
  // dy is cut into the tiles themselves, without the border that a tile of x has around it.
  const outputs = {
    ...w,
    sourceHeight: w.targetHeight,
    sourceWidth: w.targetWidth,
    channels: w.columns,
    padTop: 0,
    padLeft: 0,
  };
  for (let image = 0; image < w.images; image += most) {
    const images = Math.min(most, w.images - image);
    const xAt = x + 4 * image * w.sourceHeight * w.sourceWidth * w.channels;
    transformTiles(backend, w, tiles, xAt, values, images, valuesStep);
    const dyAt = dy + 4 * image * w.targetHeight * w.targetWidth * w.columns;
    transformTiles(backend, outputs, tiles, dyAt, gradients, images, gradientsStep, true);
    transposedProducts(backend, values, gradients, sums, {
      rows: images * perImage,
      m: w.channels,
      n: w.columns,
      count: points,
      aStep: valuesStep,
      bStep: gradientsStep,
      add: image > 0,
    });
  }
  backend.device.launch('winogradFilterGradient', streamChunks(4 * points * size, size / 4), {
    transformed: sums,
    out,
    kind,
    size,
  });
  for (const block of [sums, values, gradients]) backend.free(block);
}

/** Bᵀ·d·B of every tile of some images; of an output's gradient A·dy·Aᵀ. */
function transformTiles(
  backend: MnetBackend,
  w: Window,
  { kind, tilesHigh, tilesWide }: Tiling,
  source: number,
  target: number,
  images: number,
  step: number,
  gradient = false,
): void {
  const tiles = images * tilesHigh * tilesWide;
  // Both outputs of a 2 × 2 image come from its two pixels alone: its border is in the transform.
  const [top, left] = kind === 3 ? [0, 0] : [w.padTop, w.padLeft];
  backend.device.launch(
    'winogradInput',
    streamChunks(4 * kind * kind * tiles * w.channels, tiles),
    {
      source,
      out: target,
      kind,
      images,
      height: w.sourceHeight,
      width: w.sourceWidth,
      tilesHigh,
      tilesWide,
      channels: w.channels,
      padTop: top,
      padLeft: left,
      pointStep: step,
      gradient,
    },
  );
}
