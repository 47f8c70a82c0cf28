import { Random } from '@mnet/core/random';
import type { ImageDataset } from '@mnet/data';

/** A data set of random pixels; its labels come in turn. */
export function randomDataset(
  length: number,
  { height = 6, width = 5, channels = 3, classes = 4 } = {},
): ImageDataset {
  const random = new Random(length, height, width);
  return {
    name: 'random',
    shape: [height, width, channels],
    classes: Array.from({ length: classes }, (_, k) => `class ${k}`),
    mean: [0.5, 0.25, 0.4].slice(0, channels),
    std: [0.2, 0.3, 0.25].slice(0, channels),
    images: Uint8Array.from(
      { length: length * height * width * channels },
      () => random.next() & 255,
    ),
    labels: Int32Array.from({ length }, (_, i) => i % classes),
    length,
  };
}
