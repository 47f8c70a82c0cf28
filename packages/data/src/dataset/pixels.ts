import { show } from '@mnet/core/check';
import type { ImageDataset } from './image-dataset.ts';

/** What of a data set says where its pixels are. */
export type PixelsOf = Pick<ImageDataset, 'images' | 'shape' | 'length' | 'positions'>;

/**
 * The pixels of one image, not copied: [height, width, channels], row by row with the channels innermost.
 *
 * @param index in 0..dataset.length - 1
 */
export function imageAt({ images, shape, length, positions }: PixelsOf, index: number): Uint8Array {
  if (!Number.isSafeInteger(index) || index < 0 || index >= length) {
    throw new RangeError(`index: got ${show(index)}, takes 0..${length - 1}`);
  }
  const size = shape[0] * shape[1] * shape[2];
  const place = positions?.[index] ?? index;
  return images.subarray(place * size, (place + 1) * size);
}

/** The pixels of all images in their order, not copied. Images that stand behind one another come in one piece. */
export function* pixelRuns({ images, shape, length, positions }: PixelsOf): Generator<Uint8Array> {
  const size = shape[0] * shape[1] * shape[2];
  if (positions === undefined) {
    yield images;
    return;
  }
  for (let i = 0; i < length; ) {
    const first = positions[i]!;
    let run = 1;
    while (i + run < length && positions[i + run] === first + run) run++;
    yield images.subarray(first * size, (first + run) * size);
    i += run;
  }
}

/**
 * The same data set with its pixels copied into an array that holds no others. A view keeps alive all the pictures that
 * it was taken from, and takes them along to a worker or a file: this one does not.
 *
 * @param dataset a sound data set, see `assertImageDataset`
 */
export function compact<T extends ImageDataset>(dataset: T): T {
  const [height, width, channels] = dataset.shape;
  const images = new Uint8Array(dataset.length * height * width * channels);
  let at = 0;
  for (const run of pixelRuns(dataset)) {
    images.set(run, at);
    at += run.length;
  }
  const { positions: _, ...others } = dataset;
  return { ...others, images } as T;
}
