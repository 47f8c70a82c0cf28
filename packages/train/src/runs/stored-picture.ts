import { resample } from '@mnet/core/resample';
import { imageAt, type PixelsOf } from '@mnet/data';

/** Pixels that a JSON file can hold. */
export interface StoredPicture {
  /** Height, width, channels (1 or 3). */
  readonly shape: readonly [number, number, number];
  /** Bytes from 0 to 255 in base64, row by row, each pixel's channels together. */
  readonly pixels: string;
}

/** The longest side of a stored picture. */
const LONGEST = 64;

/** Pixels, row by row with the channels innermost. */
export interface Pixels {
  /** Height, width, channels (1 or 3). */
  readonly shape: readonly [number, number, number];
  readonly values: Uint8Array | Uint8ClampedArray;
}

/** An image of a data set as it is stored: {@link smallPicture} of it. */
export function storedPicture(dataset: PixelsOf, index: number): StoredPicture {
  const { shape, values } = smallPicture(imageAt(dataset, index), dataset.shape);
  return { shape, pixels: btoa(String.fromCharCode(...values)) };
}

/**
 * A picture to be looked at: one of more than 64 pixels on a side is made smaller, in its proportions. Of channels that are
 * neither 1 nor 3, the first 3 are taken, or the first.
 *
 * @param shape its height, width and channels
 */
export function smallPicture(
  values: Uint8Array | Uint8ClampedArray,
  shape: readonly [number, number, number],
): Pixels {
  const [height, width, channels] = shape;
  const scale = Math.min(1, LONGEST / Math.max(height, width));
  const size = [sideOf(height, scale), sideOf(width, scale)] as const;
  const kept = channels >= 3 ? 3 : 1;
  const pixels = scale === 1 ? values : resampled(values, shape, size);
  return { shape: [...size, kept], values: pixels.filter((_, i) => i % channels < kept) };
}

/** The bytes of a stored picture, [height, width, channels]. */
export function pixelsOf({ pixels }: StoredPicture): Uint8Array {
  return Uint8Array.from(atob(pixels), (character) => character.charCodeAt(0));
}

function sideOf(side: number, scale: number): number {
  return Math.max(1, Math.round(side * scale));
}

function resampled(
  values: Uint8Array | Uint8ClampedArray,
  shape: readonly [number, number, number],
  size: readonly [number, number],
): Uint8ClampedArray {
  const [height, width] = shape;
  const box = { rows: { start: 0, length: height }, columns: { start: 0, length: width } };
  return Uint8ClampedArray.from(resample(values, shape, box, size));
}
