import { sha256 } from '@mnet/core/files';
import type { ImageDataset } from './image-dataset.ts';
import { pixelRuns } from './pixels.ts';

/** A data set of 150 MB takes a moment, so each object is read once. */
const known = new WeakMap<ImageDataset, string>();

/**
 * What a network sees of a data set, in 64 hexadecimal digits: the SHA-256 of its shape, mean, std, images and labels.
 * Names do not count, nor whether it is a view or a copy. It is computed once an object: a data set that is changed in place keeps its first one.
 *
 * @param dataset a sound data set, see {@link assertImageDataset}.
 */
export function fingerprint(dataset: ImageDataset): string {
  const before = known.get(dataset);
  if (before !== undefined) return before;
  const { shape, mean, std, labels, length } = dataset;
  const digest = sha256([
    JSON.stringify({ shape, mean, std, length }),
    ...pixelRuns(dataset),
    new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength),
  ]);
  known.set(dataset, digest);
  return digest;
}
