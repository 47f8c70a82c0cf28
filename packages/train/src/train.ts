import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Callback, notify } from './callbacks/callback.ts';
import { show } from '@mnet/core/check';
import { checkClassifier, checkFit } from './classifier.ts';
import type { Objective } from './objective.ts';
import { resolveOptions, type TrainingData, type TrainOptions } from './options.ts';
import type { EpochRecord, RunRecord, TestRecord } from './runs/run-record.ts';
import { Training } from './training.ts';
import { variablesOf } from './variables.ts';

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
  checkSplits(data);
  for (const [split, dataset] of Object.entries(data)) {
    if (dataset !== undefined) checkFit(model, dataset, `data.${split}`);
  }
  if (data.train.length === 0) throw new RangeError('data.train: got no images');
  const resolved = resolveOptions(options, data);
  const leave = claim(model, resolved.objective);
  try {
    return await course(new Training(model, data, resolved), resolved.callbacks);
  } finally {
    leave();
  }
}

async function course(training: Training, callbacks: readonly Callback[]): Promise<TrainResult> {
  try {
    return await training.run();
  } catch (error) {
    for (const callback of callbacks) {
      // All are told, and what one of them throws then says less than the error itself.
      await notify([callback], 'onError', error).catch(() => {});
    }
    throw error;
  } finally {
    training.dispose();
  }
}

/** A misspelt split would leave a training without validation or test, in silence. */
function checkSplits(data: object): void {
  for (const key of Object.keys(data)) {
    if (splits.includes(key)) continue;
    const meant = splits.find((split) => split.slice(0, 2) === key.slice(0, 2).toLowerCase());
    const hint = meant ? `; write ${meant}` : '';
    throw new TypeError(`data: unknown key '${key}', takes ${splits.join(', ')}${hint}`);
  }
}

const splits = ['train', 'validation', 'test'];

/** Weights that are being trained, and objectives that hold what belongs to one training. */
const inUse = new WeakSet<object>();

/** Keeps others from training the same weights, until what it returns is called. */
function claim(model: LayersModel, objective: Objective): () => void {
  const { trainable } = variablesOf(model);
  if (trainable.some((variable) => inUse.has(variable))) {
    throw new Error(
      `model: '${model.name}' or a part of it is being trained already; await that training first`,
    );
  }
  if (inUse.has(objective)) {
    throw new Error(
      `objective: '${objective.name}' is in use by another training; await that first, or make another one`,
    );
  }
  const claimed = [...trainable, ...(objective.setup ? [objective] : [])];
  for (const each of claimed) inUse.add(each);
  return () => {
    for (const each of claimed) inUse.delete(each);
  };
}
