import { show } from '@mnet/core/check';
import { assertImageDataset, type ImageDataset } from './image-dataset.ts';

/**
 * The images at `indices` as a data set of their own, in that order; an index may repeat. It is a view: its `images` are
 * those of the data set, and `positions` says which of them it has. `compact` makes a copy of one.
 *
 * Further fields of the data set stay: an Int32Array with one value an image (such as
 * `coarseLabels`) is picked from like the labels, everything else is kept as it is.
 *
 * @param indices integers in 0..dataset.length - 1.
 */
export function subset<T extends ImageDataset>(dataset: T, indices: ArrayLike<number>): T {
  assertImageDataset(dataset);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (!Number.isSafeInteger(index) || index! < 0 || index! >= dataset.length) {
      throw new RangeError(
        `indices[${i}]: got ${show(index)}, takes 0..${dataset.length - 1}, as the data set holds ${dataset.length} images`,
      );
    }
  }
  const positions = Int32Array.from(indices);
  const picked: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(dataset)) {
    // Positions are picked from as well: a view of a view is one of the same images.
    if (value instanceof Int32Array && value.length === dataset.length) {
      picked[key] = positions.map((index) => value[index]!);
    }
  }
  return { ...dataset, positions, ...picked, length: positions.length };
}
