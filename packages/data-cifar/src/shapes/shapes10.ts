import { integerIn, keysOf, seedOf } from '../check.ts';
import type { ImageDataset, Splits } from '../dataset/image-dataset.ts';
import { Random } from '../random/random.ts';
import { createCanvas, drawShape } from './draw.ts';
import { outlines } from './outlines.ts';

/** How much of the stand-in data to draw. */
export interface Shapes10Options {
  /** Training images, default 4,000. */
  readonly train?: number;
  /** Validation images, default 1,000. */
  readonly validation?: number;
  /** Test images, default 1,000. */
  readonly test?: number;
  /** Decides every pixel. Any safe integer, default 0. */
  readonly seed?: number;
  /** Height and width of an image in pixels, 16..256, default 32. */
  readonly size?: number;
}

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
export function shapes10(options: Shapes10Options = {}): Splits {
  keysOf(options, [...PARTS, 'seed', 'size'], 'options');
  const { train = 4_000, validation = 1_000, test = 1_000, seed = 0, size = 32 } = options;
  const counts = { train, validation, test };
  for (const part of PARTS) integerIn(counts[part], 0, 10_000_000, part);
  seedOf(seed, 'seed');
  integerIn(size, 16, 256, 'size');
  const [trainSet, validationSet, testSet] = PARTS.map((part, stream) =>
    drawPart(counts[part], seed, stream, size),
  ) as [ImageDataset, ImageDataset, ImageDataset];
  return { train: trainSet, validation: validationSet, test: testSet };
}

function drawPart(count: number, seed: number, stream: number, size: number): ImageDataset {
  const shapes = Object.values(outlines);
  const bytes = size * size * 3;
  const images = new Uint8Array(count * bytes);
  const labels = new Int32Array(count);
  const canvas = createCanvas(size);
  for (let i = 0; i < count; i++) {
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
    length: count,
  };
}
