import { batchCount, type Splits, subset } from '@mnet/data';
import { evaluate, findLearningRate, type TrainOptions } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { sinceStart } from './clock.ts';

/**
 * Steps that are made to see how long one takes. The first ones record it, and are not counted. Nor is the last: that a step is
 * done is told when the next one is under way, of the last one at once.
 */
const [steps, uncounted] = [20, 5];

/** Kept free for what is not measured: the first steps of each epoch, checkpoints, a machine that is not always as fast. */
const reserve = 0.03;

/**
 * How many epochs fit into what is left of a budget, which began with the process. A few steps are made as the training makes
 * them, at rates that are too small to matter, after which the model is as it was; and a few hundred training images
 * are evaluated as the test will be. All of that takes of the budget.
 *
 * @throws RangeError where not even a few steps fit
 */
export async function epochsWithin(
  minutes: number,
  model: LayersModel,
  { train, validation, test }: Splits,
  options: TrainOptions,
): Promise<number> {
  const { batchSize = 128, dropLast = false } = options;
  const perEpoch = batchCount(train, { batchSize, dropLast });
  const step = await secondsAStep(model, train, options);
  const look = await secondsALook(model, train, options);
  const tested = look.views * test.length;
  const validated = perEpoch === 0 ? 0 : (look.one * validation.length) / perEpoch;
  const left = (60 * minutes - sinceStart() - tested) * (1 - reserve);
  const fit = Math.floor(left / (step + validated));
  if (fit < steps) {
    const needed = (sinceStart() + tested + steps * (step + validated) * (1 + reserve)) / 60;
    throw new RangeError(
      `--minutes: got ${minutes}, takes at least ${needed.toPrecision(2)} here, for ${steps} steps and the test`,
    );
  }
  const epochs = fit / perEpoch;
  console.log(
    `a step takes ${step.toPrecision(3)} s, the test about ${tested.toPrecision(2)} s: ${fit} steps, ${epochs.toFixed(2)} epochs, fit into ${minutes} minutes, of which ${sinceStart().toFixed(1)} s are gone`,
  );
  return epochs;
}

async function secondsAStep(
  model: LayersModel,
  train: Splits['train'],
  options: TrainOptions,
): Promise<number> {
  const { batchSize, optimizer, augment, labelSmoothing, seed, signal } = options;
  const ends: number[] = [];
  await findLearningRate(model, train, {
    from: 1e-12,
    to: 1e-11,
    steps,
    ...(batchSize !== undefined && { batchSize }),
    ...(optimizer && { optimizer }),
    ...(augment && { augment }),
    ...(labelSmoothing !== undefined && { labelSmoothing }),
    ...(seed !== undefined && { seed }),
    ...(signal && { signal }),
    onProgress: () => void ends.push(sinceStart()),
  });
  const [first, last] = [ends[uncounted - 1], ends[steps - 2]];
  if (first === undefined || last === undefined) {
    throw new Error(
      `--minutes: of ${steps} steps that were to be timed, the loss ended the course after ${ends.length}`,
    );
  }
  return (last - first) / (steps - 1 - uncounted);
}

/** Seconds an image as the test looks at it, and as a validation does. */
async function secondsALook(
  model: LayersModel,
  train: Splits['train'],
  { evaluationBatchSize: batchSize = 256, testViews = {} }: TrainOptions,
): Promise<{ views: number; one: number }> {
  const some = subset(
    train,
    Uint32Array.from({ length: Math.min(batchSize, train.length) }, (_, i) => i),
  );
  const options = { batchSize, mistakes: 0 };
  await evaluate(model, some, options);
  const one = (await evaluate(model, some, options)).seconds / some.length;
  const views = (await evaluate(model, some, { ...options, ...testViews })).seconds / some.length;
  return { views, one };
}
