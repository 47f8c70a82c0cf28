import {
  callable,
  type Given,
  integer,
  number,
  optional,
  options,
  resolve,
} from '@mnet/core/options';
import type { ImageDataset } from '@mnet/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { claim } from '../claim.ts';
import { checkClassifier, checkFit } from '../classifier.ts';
import { type ResolvedOptions, resolveOptions, trainOptions } from '../options.ts';
import type { Schedule } from '../schedules/schedule.ts';
import { TrainedTensors } from '../trained-tensors.ts';
import { makePlan } from '../training/plan.ts';
import { Steps } from '../training/steps.ts';
import { variablesOf } from '../variables.ts';
import { RangeTest, type RangeTestPoint, steepest } from './range-test.ts';

const { fields } = trainOptions;
const rate = number({ above: 0 });

/** Declares {@link FindLearningRateOptions}. */
export const findLearningRateOptions = options({
  /** The rate of the first step, above 0; default 1e-6. */
  from: optional(rate, 1e-6),
  /** The rate of the last step, above `from`; default 1. */
  to: optional(rate, 1),
  /** Steps at most, from 10; default 100. */
  steps: optional(integer({ min: 10 }), 100),
  /** Images a step, as in the training that is meant; default 128. */
  batchSize: fields.batchSize,
  /** The update rule whose rate is looked for; default `adam()`. */
  optimizer: fields.optimizer,
  /** ε of the cross-entropy, from 0 to 1; default 0. */
  labelSmoothing: fields.labelSmoothing,
  /** Random changes to the images; default none. */
  augment: fields.augment,
  /** Decides order, augmentation and dropout; default 0. */
  seed: fields.seed,
  /** Stops at the next step by throwing the signal's reason. */
  signal: fields.signal,
  /** Is told of the steps done. */
  onProgress: optional(callable<(done: number, total: number) => void>()),
});

/** Options of {@link findLearningRate}. */
export interface FindLearningRateOptions extends Given<typeof findLearningRateOptions> {}

/** What {@link findLearningRate} gives. */
export interface LearningRateRange {
  /** One a step, in the order of rising rates. */
  readonly points: readonly RangeTestPoint[];
  /** The rate at which the smoothed loss falls most steeply; absent where it falls nowhere. */
  readonly suggestion?: number;
}

/**
 * A learning-rate range test: trains with a rate that rises from step to step in equal ratios, and looks where the loss
 * falls most steeply. The test ends before its last step where the smoothed loss is more than four times its lowest value,
 * or a loss is NaN or infinite. The model then has the weights and statistics that it came with.
 *
 * Source: Smith 2017, "Cyclical Learning Rates for Training Neural Networks", section 3.3,
 * https://arxiv.org/abs/1506.01186; smoothing, end and suggestion (`steep`) as in fastai's `lr_find`.
 *
 * @param model one image input, one output of logits [batch, classes]
 * @param dataset the training images
 * @throws TypeError, RangeError or Error if an argument is wrong, naming it; the signal's reason if it is aborted
 */
export async function findLearningRate(
  model: LayersModel,
  dataset: ImageDataset,
  given: FindLearningRateOptions = {},
): Promise<LearningRateRange> {
  checkClassifier(model);
  checkFit(model, dataset, 'dataset');
  if (dataset.length === 0) throw new RangeError('dataset: got no images, takes at least one');
  const settings = resolve(findLearningRateOptions, given, 'findLearningRate options');
  const { from, to, steps } = settings;
  if (to <= from) throw new RangeError(`to: got ${to}, takes a rate above from, ${from}`);
  const rising: Schedule = (step) => from * (to / from) ** (step / (steps - 1));
  const { from: _, to: __, steps: ___, onProgress, ...training } = given;
  const epochs = Math.ceil(steps / Math.ceil(dataset.length / settings.batchSize));
  const resolved = resolveOptions(
    { ...training, epochs, schedule: () => rising },
    { train: dataset },
  );
  const leave = claim(model, resolved.objective);
  try {
    const points = await rangeTest(
      model,
      dataset,
      resolved,
      (done) => onProgress?.(done, steps),
      steps,
    );
    const suggestion = steepest(points);
    return { points, ...(suggestion === undefined ? {} : { suggestion }) };
  } finally {
    leave();
  }
}

async function rangeTest(
  model: LayersModel,
  dataset: ImageDataset,
  settings: ResolvedOptions,
  onDone: (done: number) => void,
  count: number,
): Promise<readonly RangeTestPoint[]> {
  const { signal, epochs } = settings;
  const tensors = new TrainedTensors(variablesOf(model), [], settings);
  const steps = new Steps(model, dataset, settings, makePlan(dataset, settings), tensors);
  const before = await tensors.read();
  const test = new RangeTest();
  try {
    for (let epoch = 0; epoch < epochs && !test.over; epoch++) {
      // Of an epoch's steps one may be under way when the next is asked for.
      let started = test.points.length;
      await steps.make(epoch, 0, {
        mayGoOn: () => {
          signal?.throwIfAborted();
          return !test.over && started++ < count;
        },
        onDone: async ({ rate: at, figures }) => {
          test.add(at, figures[0] as number);
          if (!test.over) onDone(test.points.length);
        },
      });
    }
    return test.points;
  } finally {
    steps.dispose();
    tensors.write(before);
    tensors.dispose();
  }
}
