import {
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { show } from '@mnet/core/check';
import {
  boolean,
  type Given,
  integer,
  nested,
  optional,
  options as declare,
  required,
  type Resolved,
  resolve,
} from '@mnet/core/options';
import { Random } from '@mnet/core/random';
import { assertImageDataset, type ImageDataset } from '../dataset/image-dataset.ts';
import {
  type AugmentationDraw,
  type AugmentationPlan,
  augmentation,
  augmentationPlan,
  drawAugmentation,
} from './augmentation.ts';
import { normalizationTable, writeAugmentedImage, writeImage } from './normalize.ts';

/** Images and labels as tensors. Who takes a batch disposes `images` and `labels`. */
export interface Batch<Labels extends Tensor1D | Tensor2D = Tensor1D> {
  /** float32 [n, height, width, channels], normalised: (pixel / 255 - mean) / std. */
  readonly images: Tensor4D;
  /** int32 [n]; with `oneHot`, float32 [n, classes]. */
  readonly labels: Labels;
  /** Where each image stands in the data set. */
  readonly indices: Int32Array;
  /** 1 for each image that was mirrored left and right, else 0, however that was decided. */
  readonly mirrored: Uint8Array;
}

/** What {@link BatchOptions} and {@link OneHotBatchOptions} are made of. */
export const batchOptions = declare({
  /** Images a batch, at least 1. The last batch may be smaller. */
  batchSize: required(integer({ min: 1 })),
  /** In random order, decided by `seed` and `epoch`. Default false: in the order of the data set. */
  shuffle: optional(boolean(), false),
  /** Any safe integer, default 0. */
  seed: optional(integer(), 0),
  /** Counts passes over the data set, from 0, the default. Each has an order and augmentations of its own. */
  epoch: optional(integer({ min: 0 }), 0),
  /** Random changes to the images. Default: none. */
  augment: optional(nested(augmentation)),
  /** Leaves out a last batch that is smaller than `batchSize`. Default false. */
  dropLast: optional(boolean(), false),
  /** Labels as in {@link OneHotBatchOptions}. Default false: class numbers. */
  oneHot: optional(boolean(), false),
  /** Leaves out the batches before this one, to go on in the middle of an epoch. Default 0. */
  startBatch: optional(integer({ min: 0 }), 0),
});

/** How {@link batches} walks a data set. */
export interface BatchOptions extends Given<typeof batchOptions> {
  /** Labels as in {@link OneHotBatchOptions}. Default false: class numbers. */
  readonly oneHot?: false;
}

/** How {@link batches} walks a data set for tfjs's own `fit`. */
export interface OneHotBatchOptions extends Given<typeof batchOptions> {
  /**
   * Labels as rows of zeros with a 1 at the class, float32 [n, classes], as `fit` takes them for categorical
   * cross-entropy: for its sparse one, integers are an error.
   */
  readonly oneHot: true;
}

/** Names the streams of random numbers; an image's own stream is (seed, epoch, AUGMENT, index). */
const ORDER = 1;
const AUGMENT = 2;

/**
 * One pass over a data set, batch by batch. Each batch is made when it is asked for, none ahead, so
 * a loop that stops early leaves nothing behind.
 *
 * `(seed, epoch)` decides everything: the order, and each image's augmentation, which depends neither
 * on the order nor on the batch size. The result can be iterated again, and gives the same batches.
 */
export function batches(dataset: ImageDataset, options: BatchOptions): Iterable<Batch>;
export function batches(
  dataset: ImageDataset,
  options: OneHotBatchOptions,
): Iterable<Batch<Tensor2D>>;
export function batches(
  dataset: ImageDataset,
  options: BatchOptions | OneHotBatchOptions,
): Iterable<Batch<Tensor1D | Tensor2D>> {
  assertImageDataset(dataset);
  const resolved = resolve(batchOptions, options, 'batches');
  const { batchSize, shuffle, seed, epoch, startBatch, oneHot } = resolved;
  const count = countBatches(dataset, resolved);
  const [height, width] = dataset.shape;
  const plan = augmentationPlan(resolved.augment, height, width);
  const table = normalizationTable(dataset.mean, dataset.std);
  return {
    *[Symbol.iterator](): Generator<Batch<Tensor1D | Tensor2D>, void, undefined> {
      const order = Int32Array.from({ length: dataset.length }, (_, i) => i);
      if (shuffle) new Random(seed, epoch, ORDER).shuffle(order);
      const from = startBatch * batchSize;
      for (let b = 0; b < count; b++) {
        const start = from + b * batchSize;
        const indices = order.slice(start, start + batchSize);
        const batch = makeBatch(dataset, table, indices, plan, seed, epoch);
        yield oneHot ? withOneHot(batch, dataset) : batch;
      }
    },
  };
}

/** How many batches {@link batches} gives for the same options. */
export function batchCount(
  dataset: ImageDataset,
  options: BatchOptions | OneHotBatchOptions,
): number {
  return countBatches(dataset, resolve(batchOptions, options, 'batches'));
}

function countBatches(
  { length }: ImageDataset,
  { batchSize, dropLast, startBatch }: Resolved<typeof batchOptions>,
): number {
  const whole = length / batchSize;
  return Math.max(0, (dropLast ? Math.floor(whole) : Math.ceil(whole)) - startBatch);
}

/**
 * The images at `indices` as one batch, normalised, not augmented.
 *
 * @param indices integers in 0..dataset.length - 1.
 */
export function gatherBatch(dataset: ImageDataset, indices: ArrayLike<number>): Batch {
  assertImageDataset(dataset);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (!Number.isSafeInteger(index) || index! < 0 || index! >= dataset.length) {
      throw new RangeError(`indices[${i}]: got ${show(index)}, takes 0..${dataset.length - 1}`);
    }
  }
  const table = normalizationTable(dataset.mean, dataset.std);
  return makeBatch(dataset, table, Int32Array.from(indices), undefined, 0, 0);
}

function makeBatch(
  dataset: ImageDataset,
  table: Float32Array,
  indices: Int32Array,
  plan: AugmentationPlan | undefined,
  seed: number,
  epoch: number,
): Batch {
  const [height, width, channels] = dataset.shape;
  const size = height * width * channels;
  const count = indices.length;
  // A new array each time: a backend may keep it as the tensor's storage.
  const pixels = new Float32Array(count * size);
  const labels = new Int32Array(count);
  const mirrored = new Uint8Array(count);
  const { positions } = dataset;
  const draw: AugmentationDraw = { dy: 0, dx: 0, flip: false, y0: 0, y1: 0, x0: 0, x1: 0 };
  for (let i = 0; i < count; i++) {
    const index = indices[i]!;
    const place = positions === undefined ? index : positions[index]!;
    labels[i] = dataset.labels[index]!;
    if (plan === undefined) {
      writeImage(dataset, table, place, pixels, i * size);
    } else {
      drawAugmentation(plan, new Random(seed, epoch, AUGMENT, index), height, width, draw);
      if (draw.flip) mirrored[i] = 1;
      writeAugmentedImage(dataset, table, place, draw, pixels, i * size);
    }
  }
  return {
    images: tensor4d(pixels, [count, height, width, channels], 'float32'),
    labels: tensor1d(labels, 'int32'),
    indices,
    mirrored,
  };
}

function withOneHot(batch: Batch, { classes, labels }: ImageDataset): Batch<Tensor2D> {
  const rows = new Float32Array(batch.indices.length * classes.length);
  batch.indices.forEach((index, i) => {
    rows[i * classes.length + labels[index]!] = 1;
  });
  batch.labels.dispose();
  const shape: [number, number] = [batch.indices.length, classes.length];
  return { ...batch, labels: tensor2d(rows, shape, 'float32') };
}
