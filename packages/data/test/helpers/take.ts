import {
  type Batch,
  type BatchOptions,
  batches,
  disposeBatch,
  type ImageDataset,
} from '@mnet/data';
import { expect } from 'vitest';

/** A batch's values. */
export interface Taken {
  readonly shape: readonly number[];
  readonly images: Float32Array;
  readonly labels: number[];
  readonly indices: number[];
  readonly mirrored: number[];
  readonly mix?: { readonly partners: number[]; readonly lambda: number };
}

/** A batch's values; its tensors are disposed. */
export function take(batch: Batch): Taken {
  const { images, labels, indices, mirrored, mix } = batch;
  expect([images.dtype, labels.dtype]).toEqual(['float32', 'int32']);
  const taken = {
    shape: images.shape,
    images: images.dataSync<'float32'>().slice(),
    labels: Array.from(labels.dataSync()),
    indices: Array.from(indices),
    mirrored: Array.from(mirrored),
    ...(mix && { mix: { partners: Array.from(mix.partners.dataSync()), lambda: mix.lambda } }),
  };
  disposeBatch(batch);
  return taken;
}

/** The values of all batches of an epoch. */
export function takeAll(dataset: ImageDataset, options: BatchOptions): Taken[] {
  return Array.from(batches(dataset, options), take);
}

/** The values of each image of an epoch, by its index. */
export function imagesOf(dataset: ImageDataset, options: BatchOptions): Map<number, number[]> {
  const [height, width, channels] = dataset.shape;
  const size = height * width * channels;
  return new Map(
    takeAll(dataset, options).flatMap(({ images, indices }) =>
      indices.map((index, i) => [index, Array.from(images.subarray(i * size, (i + 1) * size))]),
    ),
  );
}
