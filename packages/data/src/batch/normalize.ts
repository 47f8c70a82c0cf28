import type { ImageDataset } from '../dataset/image-dataset.ts';
import type { AugmentationDraw } from './augmentation.ts';
import { clearRectangle } from './rectangle.ts';

/**
 * (value / 255 - mean) / std for every channel and byte value: entry 256·channel + value.
 * A look-up is several times cheaper than the arithmetic.
 */
export function normalizationTable(mean: readonly number[], std: readonly number[]): Float32Array {
  const table = new Float32Array(256 * mean.length);
  for (let c = 0; c < mean.length; c++) {
    for (let v = 0; v < 256; v++) table[256 * c + v] = (v / 255 - mean[c]!) / std[c]!;
  }
  return table;
}

/** Writes the picture at `place` in `images`, normalised, to `out` from `offset`. */
export function writeImage(
  dataset: ImageDataset,
  table: Float32Array,
  place: number,
  out: Float32Array,
  offset: number,
): void {
  const [height, width, channels] = dataset.shape;
  const pixels = height * width;
  const from = place * pixels * channels;
  writePixels(dataset.images, from, channels, pixels, channels, table, out, offset);
}

/**
 * Writes the picture of this shape that stands in `images` from `start` on, cropped, mirrored and cut out as drawn, and
 * normalised, to `out` from `offset`. What the padding and the cutout cover stays as it is, so `out` must come in as zeros.
 *
 * @param reflect whether the padding is the picture, mirrored at its border pixels
 */
export function writeAugmentedImage(
  images: Uint8Array,
  start: number,
  [height, width, channels]: ImageDataset['shape'],
  table: Float32Array,
  draw: AugmentationDraw,
  out: Float32Array,
  offset: number,
  reflect = false,
): void {
  const { dy, dx, flip } = draw;
  // Output column x shows source column x + dx, or width - 1 - x + dx where mirrored.
  const first = flip ? Math.max(0, dx) : Math.max(0, -dx);
  const last = flip ? Math.min(width, width + dx) : Math.min(width, width - dx);
  const yEnd = Math.min(height, height - dy);
  const source = (flip ? width - 1 - first + dx : first + dx) * channels;
  const step = flip ? -channels : channels;
  const pixels = last - first;
  const [yFirst, yLast] = reflect ? [0, height] : [Math.max(0, -dy), yEnd];
  for (let y = yFirst; y < yLast; y++) {
    const row = start + reflected(y + dy, height) * width * channels;
    const to = offset + y * width * channels;
    writePixels(images, row + source, step, pixels, channels, table, out, to + first * channels);
    if (!reflect) continue;
    for (let x = first > 0 ? 0 : last; x < (first > 0 ? first : width); x++) {
      const column = reflected((flip ? width - 1 - x : x) + dx, width);
      const from = row + column * channels;
      writePixels(images, from, channels, 1, channels, table, out, to + x * channels);
    }
  }
  clearRectangle(draw, width, channels, out, offset);
}

/** The place within a line of so many pixels that one shows which is beyond it by less than its length. */
function reflected(place: number, length: number): number {
  const inside = Math.abs(place);
  return inside < length ? inside : 2 * (length - 1) - inside;
}

/** Normalises `pixels` pixels, which stand `step` bytes apart from `from` on, to `out` from `to` on. */
function writePixels(
  images: Uint8Array,
  from: number,
  step: number,
  pixels: number,
  channels: number,
  table: Float32Array,
  out: Float32Array,
  to: number,
): void {
  if (channels === 3) {
    // The usual case, written out: twice as fast as the loop over channels.
    for (let i = 0, s = from, o = to; i < pixels; i++, s += step, o += 3) {
      out[o] = table[images[s]!]!;
      out[o + 1] = table[256 + images[s + 1]!]!;
      out[o + 2] = table[512 + images[s + 2]!]!;
    }
    return;
  }
  for (let i = 0, s = from, o = to; i < pixels; i++, s += step, o += channels) {
    for (let c = 0; c < channels; c++) out[o + c] = table[256 * c + images[s + c]!]!;
  }
}
