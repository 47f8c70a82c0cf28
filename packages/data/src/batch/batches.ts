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
import { augmentation, augmentationPlan, mixingPlan } from './augmentation.ts';
import { drawMix, type MixDraw, mixPictures } from './mixing.ts';
import { type PictureWriter, pictureWriter, viewWriter } from './picture-writer.ts';
import { streams } from './streams.ts';
import { drawOf, view } from './view.ts';

/** How the pictures of a batch are mixed with others of it. */
export interface Mix {
  /** int32 [n]: the label of the other picture in each. */
  readonly partners: Tensor1D;
  /** λ, the share of the batch's own labels, from 0.5 up to below 1; that of `partners` is 1 − λ. */
  readonly lambda: number;
}

/** Images and labels as tensors. Who takes a batch disposes of it by {@link disposeBatch}. */
export interface Batch<Labels extends Tensor1D | Tensor2D = Tensor1D> {
  /** float32 [n, height, width, channels], normalised: (pixel / 255 - mean) / std. */
  readonly images: Tensor4D;
  /** int32 [n]; with `oneHot`, float32 [n, classes]. */
  readonly labels: Labels;
  /** Where each image stands in the data set. */
  readonly indices: Int32Array;
  /** 1 for each image that was mirrored left and right, else 0, however that was decided. */
  readonly mirrored: Uint8Array;
  /**
   * Where the batch's pictures are mixed, by `mixup` or `cutmix`; absent where they are not. Labels, indices and `mirrored`
   * are those of the picture with the larger share, so that who knows nothing of mixing learns from the better label: the
   * loss meant is λ · loss(labels) + (1 − λ) · loss(partners). One-hot labels have it within them, and no `mix`.
   */
  readonly mix?: Mix;
}

/** Frees the tensors of a batch. */
export function disposeBatch({ images, labels, mix }: Batch<Tensor1D | Tensor2D>): void {
  images.dispose();
  labels.dispose();
  mix?.partners.dispose();
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
  /** One way to look at all images, such as mirrored; not beside `augment`. Default: as they are. */
  view: optional(nested(view)),
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
   * cross-entropy: for its sparse one, integers are an error. Of mixed pictures, λ at one class and 1 − λ at the other.
   */
  readonly oneHot: true;
}

/**
 * One pass over a data set, batch by batch. Each batch is made when it is asked for, none ahead, so
 * a loop that stops early leaves nothing behind.
 *
 * `(seed, epoch)` decides everything: the order, and each image's augmentation, which depends neither
 * on the order nor on the batch size. Only who is mixed with whom is drawn for a batch, from its number. The result can be
 * iterated again, and gives the same batches.
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
  const plan = augmentationPlan(resolved.augment, dataset.shape);
  const mixing = mixingPlan(resolved.augment);
  if (resolved.view && resolved.augment) {
    throw new TypeError('view, augment: got both, takes one of them');
  }
  const looked = resolved.view && drawOf(resolved.view, dataset.shape);
  return {
    *[Symbol.iterator](): Generator<Batch<Tensor1D | Tensor2D>, void, undefined> {
      const order = Int32Array.from({ length: dataset.length }, (_, i) => i);
      if (shuffle) new Random(seed, epoch, streams.order).shuffle(order);
      const write = looked
        ? viewWriter(dataset, looked)
        : pictureWriter(dataset, plan, seed, epoch);
      for (let b = startBatch; b < startBatch + count; b++) {
        const indices = order.slice(b * batchSize, (b + 1) * batchSize);
        const random = mixing && new Random(seed, epoch, streams.mix, b);
        const mix = random && drawMix(mixing, random, indices.length, height, width);
        const batch = makeBatch(dataset, write, indices, mix);
        yield oneHot ? withOneHot(batch, dataset, mix) : batch;
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
  return makeBatch(dataset, pictureWriter(dataset, undefined), Int32Array.from(indices));
}

function makeBatch(
  { shape, labels: classOf }: ImageDataset,
  write: PictureWriter,
  indices: Int32Array,
  mix?: MixDraw,
): Batch {
  const [height, width, channels] = shape;
  const size = height * width * channels;
  const count = indices.length;
  // A new array each time: a backend may keep it as the tensor's storage.
  const pixels = new Float32Array(count * size);
  const labels = new Int32Array(count);
  const mirrored = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const index = indices[i]!;
    labels[i] = classOf[index]!;
    if (write(index, pixels, i * size)) mirrored[i] = 1;
  }
  const values = mix ? mixPictures(mix, pixels, shape) : pixels;
  return {
    images: tensor4d(values, [count, height, width, channels], 'float32'),
    labels: tensor1d(labels, 'int32'),
    indices,
    mirrored,
    ...(mix && { mix: { partners: partnerLabels(mix, labels), lambda: mix.lambda } }),
  };
}

function partnerLabels({ partners }: MixDraw, labels: Int32Array): Tensor1D {
  return tensor1d(
    partners.map((partner) => labels[partner]!),
    'int32',
  );
}

/** @param mix what the batch was made with; the rows hold it then */
function withOneHot(
  batch: Batch,
  { classes, labels }: ImageDataset,
  mix: MixDraw | undefined,
): Batch<Tensor2D> {
  const { images, indices, mirrored } = batch;
  const rows = new Float32Array(indices.length * classes.length);
  const share = (i: number, of: number, size: number): void => {
    rows[i * classes.length + labels[indices[of]!]!]! += size;
  };
  indices.forEach((_, i) => {
    share(i, i, mix?.lambda ?? 1);
    if (mix) share(i, mix.partners[i]!, 1 - mix.lambda);
  });
  batch.labels.dispose();
  batch.mix?.partners.dispose();
  const shape: [number, number] = [indices.length, classes.length];
  return { images, labels: tensor2d(rows, shape, 'float32'), indices, mirrored };
}
