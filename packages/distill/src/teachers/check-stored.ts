import { type Augmentation, fingerprint, type ImageDataset } from '@mnet/data';
import { cacheable, newImages } from './cacheable.ts';
import type { Teacher } from './teacher.ts';

/**
 * Throws unless a teacher knows the images that a training is going to show it: stored logits belong to one data set,
 * and to its images as they are or mirrored. Of other images they would give wrong logits without a word.
 */
export function checkStored(
  { name, dataset: own, views }: Teacher,
  dataset: ImageDataset,
  augment: Augmentation | undefined,
): void {
  if (own === undefined) return;
  if (own !== dataset && fingerprint(own) !== fingerprint(dataset)) {
    throw new Error(
      `teacher: '${name}' knows the images of '${own.name}' alone, takes data.train to be that very data set`,
    );
  }
  const needed = cacheable(augment);
  if (views === undefined || needed === 'plain' || needed === views) return;
  throw new Error(
    needed === 'none'
      ? `augment: got ${newImages(augment)}, of which the images are new each time, with the stored logits of '${name}'; takes flip alone, or the model itself as teacher`
      : `augment: got flip with the stored logits of '${name}', which know no mirrored images; takes those of cacheLogits(teacher, dataset, { mirrored: true })`,
  );
}
