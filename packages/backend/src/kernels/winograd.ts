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

/** Tiles that are computed at a time: those of some images, or some rows of one image's. */
interface Wave {
  image: number;
  images: number;
  row: number;
  rows: number;
}

/** What the tiles are cut into, the largest first. */
function wavesOf(w: Window, { kind, tilesHigh, tilesWide }: Tiling): Wave[] {
  const points = kind * kind;
  // The transformed filter is read again for every wave: a wave should not be smaller than it.
  const bytes = Math.max(WAVE_BYTES, 4 * points * w.channels * w.columns);
  const ofImage = 4 * points * tilesHigh * tilesWide * (w.channels + w.columns);
  const waves = Math.ceil((w.images * ofImage) / bytes);
  const most = Math.ceil(w.images / Math.min(waves, w.images));
  // Without this the tiles of a large image would take 4.5 times as much memory as the image.
  const strips = Math.min(tilesHigh, Math.ceil(ofImage / bytes));
  const high = Math.ceil(tilesHigh / strips);
  const list: Wave[] = [];
  for (let image = 0; image < w.images; image += most) {
    for (let row = 0; row < tilesHigh; row += high) {
      const images = Math.min(most, w.images - image);
      list.push({ image, images, row, rows: Math.min(high, tilesHigh - row) });
    }
  }
  return list;
}

/** Tiles of a wave. */
function tilesOf({ images, rows }: Wave, { tilesWide }: Tiling): number {
  return images * rows * tilesWide;
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
  const { kind, side, tilesWide } = tiles;
  const points = kind * kind;
  const { panels, width } = backend.device.packing(w.columns);
  const packedStep = pointStep(w.channels * width);
  const waves = wavesOf(w, tiles);
  const most = tilesOf(waves[0] as Wave, tiles);
  const valuesStep = pointStep(most * w.channels);
  const productsStep = pointStep(most * w.columns);
  const packed = backend.allocate(4 * points * packedStep, 'a transformed filter');
  const values = backend.allocate(4 * points * valuesStep, 'the transformed tiles of an image');
  const products = backend.allocate(4 * points * productsStep, 'the products of tiles');
  const { address, taps: _, reverse = 0, ...shape } = filter;
  const transformed = { packed, kind, turned: reverse > 0, pointStep: packedStep };
  backend.device.launch('winogradFilter', panels, { filter: address, ...shape, ...transformed });
  for (const wave of waves) {
    const m = tilesOf(wave, tiles);
    transformTiles(backend, w, tiles, wave, source, values, valuesStep);
    matmulPacked(backend, {
      a: values,
      packed,
      c: products,
      m,
      n: w.columns,
      k: w.channels,
      products: { count: points, a: valuesStep, packed: packedStep, c: productsStep },
    });
    const above = wave.row * side;
    const place = wave.image * w.targetHeight + above;
    backend.device.launch('winogradOutput', streamChunks(4 * points * m * w.columns, m), {
      products,
      target: target + 4 * place * w.targetWidth * w.columns,
      kind,
      images: wave.images,
      height: w.targetHeight - above,
      width: w.targetWidth,
      tilesHigh: wave.rows,
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
  const { kind } = tiles;
  const points = kind * kind;
  const size = w.channels * w.columns;
  const waves = wavesOf(w, tiles);
  const most = tilesOf(waves[0] as Wave, tiles);
  const valuesStep = pointStep(most * w.channels);
  const gradientsStep = pointStep(most * w.columns);
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
  for (const [i, wave] of waves.entries()) {
    transformTiles(backend, w, tiles, wave, x, values, valuesStep);
    transformTiles(backend, outputs, tiles, wave, dy, gradients, gradientsStep, true);
    transposedProducts(backend, values, gradients, sums, {
      rows: tilesOf(wave, tiles),
      m: w.channels,
      n: w.columns,
      count: points,
      aStep: valuesStep,
      bStep: gradientsStep,
      add: i > 0,
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

/** Bᵀ·d·B of every tile of a wave; of an output's gradient A·dy·Aᵀ. */
function transformTiles(
  backend: MnetBackend,
  w: Window,
  tiles: Tiling,
  wave: Wave,
  source: number,
  target: number,
  step: number,
  gradient = false,
): void {
  const { kind, side, tilesWide } = tiles;
  const count = tilesOf(wave, tiles);
  // Both outputs of a 2 × 2 image come from its two pixels alone: its border is in the transform.
  const [top, left] = kind === 3 ? [0, 0] : [w.padTop, w.padLeft];
  const floats = wave.image * w.sourceHeight * w.sourceWidth * w.channels;
  backend.device.launch(
    'winogradInput',
    streamChunks(4 * kind * kind * count * w.channels, count),
    {
      source: source + 4 * floats,
      out: target,
      kind,
      images: wave.images,
      height: w.sourceHeight,
      width: w.sourceWidth,
      tilesHigh: wave.rows,
      tilesWide,
      channels: w.channels,
      // Below 0 where rows of tiles come before these.
      padTop: top - wave.row * side,
      padLeft: left,
      pointStep: step,
      gradient,
    },
  );
}
