import { integerIn, seedValue } from '@mnet/core/check';
import { Random } from '@mnet/core/random';
import { assertImageDataset, type ImageDataset } from './image-dataset.ts';
import { subset } from './subset.ts';

/** The two parts of {@link stratifiedSplit}. */
export interface StratifiedSplit<T extends ImageDataset = ImageDataset> {
  /** What stays. */
  readonly train: T;
  /** The `count` images that were held out. */
  readonly validation: T;
}

/**
 * Holds out `count` images so that each class keeps its share: of a class that makes up p of the
 * data set, p·count images are taken, rounded by largest remainders. Which ones, and which of equal remainders come first,
 * is decided by the seed alone; both parts keep the order of the data set. They are views as `subset` gives them: no pixel is copied.
 *
 * @param count images to hold out, 0..dataset.length.
 * @param seed any safe integer.
 */
export function stratifiedSplit<T extends ImageDataset>(
  dataset: T,
  count: number,
  seed: number,
): StratifiedSplit<T> {
  assertImageDataset(dataset);
  integerIn(count, 0, dataset.length, 'count');
  seedValue(seed, 'seed');
  const held = heldOut(dataset.labels, dataset.classes.length, count, seed);
  const train = new Int32Array(dataset.length - count);
  const validation = new Int32Array(count);
  for (let i = 0, t = 0, v = 0; i < dataset.length; i++) {
    if (held[i] === 1) validation[v++] = i;
    else train[t++] = i;
  }
  return { train: subset(dataset, train), validation: subset(dataset, validation) };
}

/** 1 for each image that is held out, 0 for the others. */
function heldOut(labels: Int32Array, classes: number, count: number, seed: number): Uint8Array {
  const sizes = new Int32Array(classes);
  for (const label of labels) sizes[label]!++;
  const random = new Random(seed);
  const order = random.shuffle(Int32Array.from(labels, (_, i) => i));
  const turns = random.shuffle(Int32Array.from(sizes, (_, i) => i));
  const left = quotas(sizes, count, turns);
  const held = new Uint8Array(labels.length);
  for (const i of order) {
    if (left[labels[i]!]! > 0) {
      left[labels[i]!]!--;
      held[i] = 1;
    }
  }
  return held;
}

/**
 * Splits `count` over the classes in proportion to their sizes, by largest remainders.
 *
 * @param turns the classes, in the order in which equal remainders are rounded up: were it theirs, the last of many small
 *   classes would never be held out
 */
function quotas(sizes: Int32Array, count: number, turns: Int32Array): Int32Array {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const exact = Array.from(sizes, (size) => (total === 0 ? 0 : (count * size) / total));
  const whole = Int32Array.from(exact, Math.floor);
  const byRemainder = Array.from(turns, (label) => ({
    label,
    remainder: exact[label]! - whole[label]!,
  })).toSorted((a, b) => b.remainder - a.remainder);
  let rest = count - whole.reduce((sum, q) => sum + q, 0);
  for (const { label } of byRemainder) {
    if (rest === 0) break;
    whole[label]!++;
    rest--;
  }
  return whole;
}
