import { Random } from '@mnet/core/random';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { type AugmentationDraw, type AugmentationPlan, drawAugmentation } from './augmentation.ts';
import { alternates, mirrors } from './flip.ts';
import { normalizationTable, writeAugmentedImage, writeImage } from './normalize.ts';
import { RandomOperations } from './operations/random-operations.ts';
import { drawErasing } from './random-erasing.ts';
import { clearRectangle } from './rectangle.ts';
import { streams } from './streams.ts';

/** Writes an image, augmented and normalised, to `out` from `offset`, where zeros are; tells whether it was mirrored. */
export type PictureWriter = (index: number, out: Float32Array, offset: number) => boolean;

/** @param plan undefined: the images as they are, whatever seed and epoch */
export function pictureWriter(
  dataset: ImageDataset,
  plan: AugmentationPlan | undefined,
  seed = 0,
  epoch = 0,
): PictureWriter {
  const { images, positions, shape } = dataset;
  const [height, width, channels] = shape;
  const size = height * width * channels;
  const table = normalizationTable(dataset.mean, dataset.std);
  const placeOf = (index: number): number => (positions === undefined ? index : positions[index]!);
  if (plan === undefined) {
    return (index, out, offset) => {
      writeImage(dataset, table, placeOf(index), out, offset);
      return false;
    };
  }

  const draw: AugmentationDraw = { dy: 0, dx: 0, flip: false, y0: 0, y1: 0, x0: 0, x1: 0 };
  const operations = plan.operations && new RandomOperations(plan.operations, shape);
  return (index, out, offset) => {
    drawAugmentation(plan, new Random(seed, epoch, streams.augment, index), height, width, draw);
    if (plan.flip === 'alternate') draw.flip = alternatingFlip(seed, epoch, index);
    const start = placeOf(index) * size;
    if (operations === undefined) {
      writeAugmentedImage(images, start, shape, table, draw, out, offset, plan.reflect);
    } else {
      const random = new Random(seed, epoch, streams.operations, index);
      const changed = operations.change(images.subarray(start, start + size), random);
      writeAugmentedImage(changed, 0, shape, table, draw, out, offset, plan.reflect);
    }
    if (plan.erasing !== undefined) {
      const random = new Random(seed, epoch, streams.erasing, index);
      const erased = drawErasing(plan.erasing, random, height, width);
      if (erased !== undefined) clearRectangle(erased, width, channels, out, offset);
    }
    return draw.flip;
  };
}

/** @param draw how every image is shifted and mirrored */
export function viewWriter(dataset: ImageDataset, draw: AugmentationDraw): PictureWriter {
  const { images, positions, shape } = dataset;
  const size = shape[0] * shape[1] * shape[2];
  const table = normalizationTable(dataset.mean, dataset.std);
  return (index, out, offset) => {
    const place = positions === undefined ? index : positions[index]!;
    writeAugmentedImage(images, place * size, shape, table, draw, out, offset, true);
    return draw.flip;
  };
}

/** In the first epoch the same images are mirrored as with `flip: true`. */
function alternatingFlip(seed: number, epoch: number, index: number): boolean {
  return alternates(mirrors(new Random(seed, 0, streams.augment, index)), epoch);
}
