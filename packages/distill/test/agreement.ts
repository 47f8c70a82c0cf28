import { type Batch, batches, type ImageDataset } from '@mnet/data';
import { add, reverse, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { teacher } from './lesson.ts';

/** The share of images that student and teacher take for the same class, counted here; mirrored: by both views. */
export function agreement(
  model: LayersModel,
  dataset: ImageDataset,
  taught = teacher,
  mirrored = false,
): number {
  const [batch] = batches(dataset, { batchSize: dataset.length });
  const { images } = batch as Batch;
  const [own, other] = [model, taught].map((each) => {
    const plain = each.apply(images) as Tensor2D;
    const both = mirrored ? add(plain, each.apply(reverse(images, 2)) as Tensor2D) : plain;
    const rows = (both as Tensor2D).arraySync();
    return rows.map((row) => row.indexOf(Math.max(...row)));
  });
  return (own ?? []).filter((guess, i) => guess === other?.[i]).length / dataset.length;
}
