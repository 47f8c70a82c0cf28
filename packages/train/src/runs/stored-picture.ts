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

/**
 * An image of a data set as it is stored: one of more than 64 pixels on a side is made smaller, in its proportions. Of
 * channels that are neither 1 nor 3, the first 3 are taken, or the first.
 */
export function storedPicture(dataset: PixelsOf, index: number): StoredPicture {
  const [height, width, channels] = dataset.shape;
  const scale = Math.min(1, LONGEST / Math.max(height, width));
  const size = [sideOf(height, scale), sideOf(width, scale)] as const;
  const values = shown(imageAt(dataset, index), [height, width, channels], size);
  const kept = channels >= 3 ? 3 : 1;
  const pixels = values.filter((_, i) => i % channels < kept);
  return { shape: [...size, kept], pixels: btoa(String.fromCharCode(...pixels)) };
}

/** The bytes of a stored picture, [height, width, channels]. */
export function pixelsOf({ pixels }: StoredPicture): Uint8Array {
  return Uint8Array.from(atob(pixels), (character) => character.charCodeAt(0));
}

function sideOf(side: number, scale: number): number {
  return Math.max(1, Math.round(side * scale));
}

function shown(
  values: Uint8Array,
  shape: readonly [number, number, number],
  size: readonly [number, number],
): Uint8ClampedArray {
  const [height, width] = shape;
  if (height === size[0] && width === size[1]) return Uint8ClampedArray.from(values);
  const box = { rows: { start: 0, length: height }, columns: { start: 0, length: width } };
  return Uint8ClampedArray.from(resample(values, shape, box, size));
}
