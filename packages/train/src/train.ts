import type { LayersModel } from '@tensorflow/tfjs-layers';
import { notify } from './callbacks/callback.ts';
import { show } from '@mnet/ops/check';
import { checkClassifier, checkFit } from './classifier.ts';
import { resolveOptions, type TrainingData, type TrainOptions } from './options.ts';
import type { EpochRecord, RunRecord, TestRecord } from './runs/run-record.ts';
import { Training } from './training.ts';

/** What a training gives. The model itself holds the final weights. */
export interface TrainResult {
  /** One record an epoch. */
  readonly history: readonly EpochRecord[];
  /** The epoch of the highest validation accuracy; without validation the last. */
  readonly best: EpochRecord;
  /** Figures of the final weights on the test images; absent where there are none. */
  readonly test?: TestRecord;
  /** `stopped-early` if early stopping ended the training. */
  readonly status: 'finished' | 'stopped-early';
  /** Seconds of training, without evaluations. */
  readonly seconds: number;
  /** Everything a report needs, whether a run folder was written or not. */
  readonly record: RunRecord;
  /** The run folder. */
  readonly run?: string;
}

/**
 * Trains a classifier.
 *
 * One step is a forward pass in training mode, the gradient of the objective over the trainable weights, and one
 * update. After each epoch the validation images are evaluated; after the last, the test images, once. The same
 * weights, data, options and seed give the same bits on the same backend.
 *
 * @param model any tf.LayersModel with one image input and one output of logits [batch, classes]; trained in place.
 *   It need not be compiled.
 * @param data the training images, and validation and test images where there are any
 * @throws TypeError, RangeError or Error if an argument is wrong, naming it
 * @throws TrainingDivergedError if the loss or a weight becomes NaN or infinite; the model then holds the weights of
 *   the last whole epoch, and the run its checkpoint
 * @throws TrainingAbortedError if the signal is aborted
 */
export async function train(
  model: LayersModel,
  data: TrainingData,
  options: TrainOptions,
): Promise<TrainResult> {
  checkClassifier(model);
  if (model.trainableWeights.length === 0) {
    throw new Error('model: has no trainable weights; set trainable = true on it or on a layer');
  }
  if (data?.train === undefined) {
    const hint =
      (data as { images?: unknown } | undefined)?.images === undefined
        ? ''
        : ' (write { train: dataset })';
    throw new TypeError(`data: got ${show(data)}, takes { train, validation?, test? }${hint}`);
  }
  for (const [split, dataset] of Object.entries(data)) {
    if (dataset !== undefined) checkFit(model, dataset, `data.${split}`);
  }
  if (data.train.length === 0) throw new RangeError('data.train: got no images');
  const resolved = resolveOptions(options, data);
  const training = new Training(model, data, resolved);
  try {
    return await training.run();
  } catch (error) {
    await notify(resolved.callbacks, 'onError', error);
    throw error;
  } finally {
    training.dispose();
  }
}
