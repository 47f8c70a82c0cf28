import { show } from '@mnet/core/check';
import { assertImageDataset, type ImageDataset } from './image-dataset.ts';

/**
 * The images at `indices`, copied into a data set of their own, in that order; an index may repeat.
 *
 * Further fields of the data set stay: an Int32Array with one value an image (such as
 * `coarseLabels`) is picked from like the labels, everything else is kept as it is.
 *
 * @param indices integers in 0..dataset.length - 1.
 */
export function subset<T extends ImageDataset>(dataset: T, indices: ArrayLike<number>): T {
  assertImageDataset(dataset);
  const [height, width, channels] = dataset.shape;
  const size = height * width * channels;
  const count = indices.length;
  const images = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    const index = indices[i];
    if (!Number.isSafeInteger(index) || index! < 0 || index! >= dataset.length) {
      throw new RangeError(
        `indices[${i}]: got ${show(index)}, takes 0..${dataset.length - 1}, as the data set holds ${dataset.length} images`,
      );
    }
    images.set(dataset.images.subarray(index! * size, (index! + 1) * size), i * size);
  }
  const picked: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(dataset)) {
    if (value instanceof Int32Array && value.length === dataset.length) {
      picked[key] = Int32Array.from({ length: count }, (_, i) => value[indices[i]!]!);
    }
  }
  return { ...dataset, ...picked, images, length: count };
}
