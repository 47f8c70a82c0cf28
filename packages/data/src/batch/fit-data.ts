import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { type Given, options as declare, resolve } from '@mnet/core/options';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { batchCount, batches, batchOptions } from './batches.ts';

const { oneHot: _always, startBatch: _never, ...ofBatches } = batchOptions.fields;
const fitDataOptions = declare(ofBatches);

/** How {@link fitData} walks a data set; `epoch` counts the passes from there on. */
export interface FitDataOptions extends Given<typeof fitDataOptions> {}

/** What `model.fitDataset` and `model.evaluateDataset` take, without a dependency on tfjs-data. */
export interface FitData {
  /** Batches a pass. */
  readonly size: number;
  /** Starts a pass. */
  iterator(): Promise<{
    /** Makes the next batch. */
    next(): Promise<IteratorResult<{ xs: Tensor4D; ys: Tensor2D }>>;
  }>;
}

/**
 * A data set for tfjs's own training: `model.fitDataset(fitData(train, { batchSize: 128, shuffle: true }), { epochs })`,
 * with the loss `categoricalCrossentropy` after a softmax, or `tf.losses.softmaxCrossEntropy` on logits. Images are as
 * in {@link batches}, labels one-hot, float32 [n, classes]; tfjs disposes of both.
 *
 * Each pass is an epoch with an order and augmentations of its own. `fitDataset`'s `batchesPerEpoch` is left out: it
 * asks for one pass without end.
 */
export function fitData(dataset: ImageDataset, options: FitDataOptions): FitData {
  let { epoch } = resolve(fitDataOptions, options, 'fitData');
  // What is wrong is told here, and not by the first batch.
  batches(dataset, options);
  return {
    size: batchCount(dataset, options),
    iterator: async () => {
      let pass: Iterator<{ images: Tensor4D; labels: Tensor2D }> | undefined;
      return {
        next: async () => {
          // tfjs asks for one iterator more than it uses: a pass counts when its first batch is asked for.
          pass ??= batches(dataset, { ...options, oneHot: true, epoch: epoch++ })[
            Symbol.iterator
          ]();
          const { done, value } = pass.next();
          if (done === true) return { done, value: undefined };
          return { done: false, value: { xs: value.images, ys: value.labels } };
        },
      };
    },
  };
}
