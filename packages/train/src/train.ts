import { show } from '@mnet/core/check';
import { checkSavable } from '@mnet/layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { notify } from './callbacks/callback.ts';
import { claim } from './claim.ts';
import { checkClassifier, checkFit } from './classifier.ts';
import {
  type ResolvedOptions,
  resolveOptions,
  type TrainingData,
  type TrainOptions,
} from './options.ts';
import type { TrainResult } from './train-result.ts';
import { runTraining } from './training/training.ts';

/**
 * Trains a classifier.
 *
 * One step is a forward pass in training mode, the gradient of the objective over the trainable weights, and one
 * update. After each epoch the validation images are evaluated; after the last, the test images, once. The same
 * weights, data, options and seed give the same bits on the same backend. A callback ends the training before its time
 * by returning `'stop'`: it is then complete, with the weights, the test and the run folder of every other.
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
  checkClasses(data);
  checkNormalization(data);
  if (data.train.length === 0) throw new RangeError('data.train: got no images');
  const resolved = resolveOptions(options, data);
  if (resolved.run !== undefined) checkSavable(model);
  const leave = claim(model, resolved.objective);
  try {
    return await course(model, data, resolved);
  } finally {
    leave();
  }
}

async function course(
  model: LayersModel,
  data: TrainingData,
  options: ResolvedOptions,
): Promise<TrainResult> {
  try {
    return await runTraining(model, data, options);
  } catch (error) {
    for (const callback of options.callbacks) {
      // All are told, and what one of them throws then says less than the error itself.
      await notify([callback], 'onError', error).catch(() => {});
    }
    throw error;
  } finally {
    options.objective.teardown?.();
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

/** A label is a number: of other names, or another order, it would be another class in each part. */
function checkClasses({ train: { classes }, ...others }: TrainingData): void {
  for (const [split, dataset] of Object.entries(others)) {
    const place = dataset?.classes.findIndex((name, label) => name !== classes[label]) ?? -1;
    if (place < 0) continue;
    throw new Error(
      `data.${split}.classes[${place}]: got ${show(dataset?.classes[place])}, takes ${show(classes[place])}, as data.train; give all parts the same classes in the same order`,
    );
  }
}

/** The weights are right for one normalization: by another the other parts would be judged as darker or paler pictures. */
function checkNormalization({ train: own, ...others }: TrainingData): void {
  for (const [split, dataset] of Object.entries(others)) {
    for (const key of ['mean', 'std'] as const) {
      if (!dataset || dataset[key].every((value, channel) => value === own[key][channel])) continue;
      throw new Error(
        `data.${split}.${key}: got ${show(dataset[key])}, takes ${show(own[key])}, as data.train; write { ...${split}, mean: train.mean, std: train.std }`,
      );
    }
  }
}

const splits = ['train', 'validation', 'test'];
