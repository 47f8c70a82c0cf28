import { batches, type ImageDataset } from '@mnet/data';
import { type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { breather } from '../breathe.ts';
import { integerFrom } from '@mnet/core/check';

/** Options of everything that runs a network over a whole data set. */
export interface StreamOptions {
  /** Images a forward pass; default 256. It changes speed and memory, not results. */
  batchSize?: number;
  /** Stops between two batches by throwing the signal's reason. */
  signal?: AbortSignal;
  /** Called, and waited for, after each batch with the number of images done. */
  onProgress?: (done: number, total: number) => void | Promise<void>;
}

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
 * @param forward from images, float32 [batch, height, width, channels], to logits [batch, classes]; runs tidied
 */
export async function* streamLogits(
  forward: (images: Tensor4D) => Tensor2D,
  dataset: ImageDataset,
  { batchSize = 256, signal, onProgress }: StreamOptions = {},
): AsyncGenerator<LogitsBatch, void, undefined> {
  integerFrom(batchSize, 1, 'batchSize');
  const breathe = breather();
  let done = 0;
  for (const { images, labels, indices } of batches(dataset, { batchSize })) {
    let logits: Tensor2D | undefined;
    try {
      signal?.throwIfAborted();
      logits = tidy(() => forward(images));
      yield { logits: await logits.data<'float32'>(), indices };
    } finally {
      images.dispose();
      labels.dispose();
      logits?.dispose();
    }
    done += indices.length;
    await onProgress?.(done, dataset.length);
    await breathe();
  }
}
