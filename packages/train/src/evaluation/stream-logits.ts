import { batches, type ImageDataset, type View } from '@mnet/data';
import { callable, type Given, integer, optional, options, resolve } from '@mnet/core/options';
import { type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { abortSignal } from '../takes.ts';
import { BatchesAhead } from '../batches-ahead.ts';
import { breather } from '../breathe.ts';

/** Declares {@link StreamOptions}. */
export const streamOptions = options({
  /** Images a forward pass; default 256. It changes speed and memory, not results. */
  batchSize: optional(integer({ min: 1 }), 256),
  /** Stops between two batches by throwing the signal's reason. */
  signal: optional(abortSignal),
  /** Called, and waited for, after each batch with the number of images done. */
  onProgress: optional(callable<(done: number, total: number) => void | Promise<void>>()),
});

/** Options of everything that runs a network over a whole data set. */
export interface StreamOptions extends Given<typeof streamOptions> {}

/** The logits of one batch, on the host. */
export interface LogitsBatch {
  /** [batch, classes], row after row. */
  readonly logits: Float32Array;
  /** Each row's place in the data set. */
  readonly indices: Int32Array;
}

/**
 * Logits of every image of a data set in its order, without augmentation, batch by batch.
 *
 * The next batch is made while a batch's logits are computed, and the next logits are computed while the caller looks
 * at these: at most two batches of images are held at a time.
 *
 * @param forward from images, float32 [batch, height, width, channels], to logits [batch, classes]; runs tidied
 * @param view how each image is looked at; default as it is
 * @throws if an option is unknown or out of range
 */
export async function* streamLogits(
  forward: (images: Tensor4D) => Tensor2D,
  dataset: ImageDataset,
  given: StreamOptions = {},
  view?: View,
): AsyncGenerator<LogitsBatch, void, undefined> {
  const { batchSize, signal, onProgress } = resolve(streamOptions, given, 'options');
  const breathe = breather();
  const ahead = new BatchesAhead(batches(dataset, { batchSize, ...(view && { view }) }));
  const start = (): Started | undefined => {
    signal?.throwIfAborted();
    return ahead.take(({ images, indices }) => ({ logits: tidy(() => forward(images)), indices }));
  };
  let started = start();
  let done = 0;
  try {
    while (started) {
      ahead.prepare();
      const { logits, indices } = started;
      const values = await logits.data<'float32'>();
      logits.dispose();
      started = undefined;
      started = start();
      yield { logits: values, indices };
      done += indices.length;
      await onProgress?.(done, dataset.length);
      await breathe();
    }
  } finally {
    started?.logits.dispose();
    ahead.dispose();
  }
}

/** A forward pass under way. */
interface Started {
  readonly logits: Tensor2D;
  readonly indices: Int32Array;
}
