import { encode } from 'fast-png';
import type { Pixels } from '../runs/stored-picture.ts';

/** A picture as a PNG file. */
export interface Png {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly bytes: Uint8Array;
}

/** Pixels between two pictures. */
const GAP = 2;

/**
 * Pictures beside and below each other on white, as many in a row as make it about square.
 *
 * @param pictures of one shape, at least one
 */
export function gridPng(pictures: readonly Pixels[]): Png {
  const [height, width, channels] = (pictures[0] as Pixels).shape;
  const columns = Math.ceil(Math.sqrt(pictures.length));
  const rows = Math.ceil(pictures.length / columns);
  const whole = { height: rows * (height + GAP) - GAP, width: columns * (width + GAP) - GAP };
  const data = new Uint8Array(whole.height * whole.width * channels).fill(255);
  for (const [i, { values }] of pictures.entries()) {
    const top = Math.floor(i / columns) * (height + GAP);
    const left = (i % columns) * (width + GAP);
    for (let y = 0; y < height; y++) {
      const line = values.subarray(y * width * channels, (y + 1) * width * channels);
      data.set(line, ((top + y) * whole.width + left) * channels);
    }
  }
  return { ...whole, channels, bytes: encode({ ...whole, channels, depth: 8, data }) };
}
