import { type Given, integer, optional, options, resolve } from '@mnet/core/options';
import type { ImageDataset, Splits } from '../dataset/image-dataset.ts';
import { Random } from '@mnet/core/random';
import { createCanvas, drawShape } from './draw.ts';
import { outlines } from './outlines.ts';

const count = integer({ min: 0, max: 10_000_000 });
const shapes10Options = options({
  /** Training images, default 4,000. */
  train: optional(count, 4_000),
  /** Validation images, default 1,000. */
  validation: optional(count, 1_000),
  /** Test images, default 1,000. */
  test: optional(count, 1_000),
  /** Decides every pixel. Any safe integer, default 0. */
  seed: optional(integer(), 0),
  /** Height and width of an image in pixels, 16..256, default 32. */
  size: optional(integer({ min: 16, max: 256 }), 32),
});

/** How much of the stand-in data to draw. */
export interface Shapes10Options extends Given<typeof shapes10Options> {}

/** The ten shapes, in the order of their labels. */
export const shapes10Classes: readonly string[] = Object.keys(outlines);

const PARTS = ['train', 'validation', 'test'] as const;

/**
 * A procedural stand-in for a real data set: ten shapes (disc, semicircle, crescent, ring, triangle,
 * square, pentagon, star, cross, heart), one a picture, in random colour, place, size, rotation, stretch
 * and texture, among clutter and noise. It needs no download and takes a fraction of a second, so that a
 * first program or a test can run anywhere. **It is no benchmark**: accuracies on it say nothing about
 * photographs and compare with nothing published.
 *
 * The classes come in turn (label i % 10), so every part is balanced. Image i of a part depends on the
 * seed, the part and i alone: more images only adds to the end.
 */
export function shapes10(given: Shapes10Options = {}): Splits {
  const { seed, size, ...counts } = resolve(shapes10Options, given, 'shapes10');
  const [trainSet, validationSet, testSet] = PARTS.map((part, stream) =>
    drawPart(counts[part], seed, stream, size),
  ) as [ImageDataset, ImageDataset, ImageDataset];
  return { train: trainSet, validation: validationSet, test: testSet };
}

function drawPart(length: number, seed: number, stream: number, size: number): ImageDataset {
  const shapes = Object.values(outlines);
  const bytes = size * size * 3;
  const images = new Uint8Array(length * bytes);
  const labels = new Int32Array(length);
  const canvas = createCanvas(size);
  for (let i = 0; i < length; i++) {
    labels[i] = i % shapes.length;
    drawShape(shapes[labels[i]!]!, new Random(seed, stream, i), size, canvas, images, i * bytes);
  }
  return {
    name: 'shapes10',
    shape: [size, size, 3],
    classes: shapes10Classes,
    // Over 100,000 pictures of size 32; they hardly depend on the size.
    mean: [0.339, 0.339, 0.339],
    std: [0.199, 0.199, 0.199],
    images,
    labels,
    length,
  };
}
