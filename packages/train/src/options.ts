import {
  boolean,
  callable,
  custom,
  type Given,
  integer,
  list,
  nested,
  number,
  optional,
  options,
  required,
  type Resolved,
  resolve,
  type Takes,
  text,
  unfit,
} from '@mnet/core/options';
import { show } from '@mnet/core/check';
import { batches, type ImageDataset, type Splits } from '@mnet/data';
import { callback } from './callbacks/callback.ts';
import { earlyStoppingOptions } from './early-stopping.ts';
import { emaOptions } from './ema.ts';
import { evaluateOptions } from './evaluation/evaluate.ts';
import { checkShift, viewOptions } from './evaluation/views.ts';
import { freezeList } from './freezing.ts';
import type { JsonObject } from './json.ts';
import { lookaheadOptions } from './lookahead.ts';
import { checkMixing } from './objectives/check-mixing.ts';
import { classWeights, classWeightsFor } from './objectives/class-weights.ts';
import { crossEntropyObjective, labelSmoothing } from './objectives/cross-entropy.ts';
import { type LossFunction, lossObjective } from './objectives/loss.ts';
import type { Objective } from './objectives/objective.ts';
import { adam } from './optimizers/adam.ts';
import { filterConfig } from './optimizers/groups.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import { asOptimizer, type StockOptimizer } from './optimizers/stock.ts';
import { bestWeightsConfig, bestWeightsTaken } from './runs/best-epoch.ts';
import { constant } from './schedules/constant.ts';
import type { ScheduleFactory } from './schedules/schedule.ts';
import { abortSignal, augmentation } from './takes.ts';

/** Images to train on, to choose by after each epoch, and to judge with once, at the end. */
export type TrainingData =
  | Splits
  | {
      readonly train: ImageDataset;
      readonly validation?: ImageDataset;
      readonly test?: ImageDataset;
    };

const optimizerWords =
  'sgd(), adam(), adamW(), rmsprop(), a chain() or an optimizer of TensorFlow.js';
const optimizer: Takes<Optimizer | StockOptimizer, Optimizer> = {
  text: optimizerWords,
  check(value, argument) {
    const taken = asOptimizer(value);
    if (taken) return taken;
    throw unfit(value, optimizerWords, argument);
  },
};

/** What {@link TrainOptions} are made of, for whoever offers them in another form, such as flags. */
export const trainOptions = options({
  /** Passes over the training images, above 0. With a fraction the last pass is cut short: the tenth of 9.9 has nine tenths of the steps. */
  epochs: required(number({ above: 0 })),
  /** Images a step; default 128. */
  batchSize: optional(integer({ min: 1 }), 128),
  /** The update rule; default `adam()`. One of TensorFlow.js's own works too, more slowly. */
  optimizer: optional(optimizer),
  /** The learning rate over time; default: the optimizer's, constant. */
  schedule: optional(
    callable<ScheduleFactory>(
      'constant(rate), cosine({ peak }) or ({ epochs, stepsPerEpoch }) => (step) => rate',
    ),
  ),
  /** ε of the default loss, softmax cross-entropy, from 0 to 1; default 0. */
  labelSmoothing: optional(labelSmoothing),
  /**
   * Weights of the classes in the default loss, from 0, one a class, or `balanced`: the rarer a class among the training
   * images, the more each of them counts. Default: all count the same.
   */
  classWeights: optional(classWeights),
  /** Another loss of logits and labels. */
  loss: optional(callable<LossFunction>('(logits, labels) => Scalar')),
  /** Another objective than a loss of logits and labels, such as distillation. */
  objective: optional(
    custom<Objective>('an Objective', (value) => {
      return typeof (value as Partial<Objective> | null)?.compute === 'function';
    }),
  ),
  /** Random changes to the training images; default none. */
  augment: optional(augmentation),
  /** Decides order, augmentation and dropout; with equal weights at the start, equal seeds give equal bits. Default 0. */
  seed: optional(integer(), 0),
  /** Leaves out an epoch's last batch where it is smaller than the others; default false. */
  dropLast: optional(boolean(), false),
  /** Are told of the course, such as `progressBar()`, and may end it. */
  callbacks: optional(list(callback, 'an array, such as [progressBar()]'), []),
  /**
   * Evaluates the validation images every so many epochs, and after the last, be it by a callback's `onStepEnd` or by
   * `earlyStopping`; default 1.
   */
  evaluateEvery: optional(integer({ min: 1 }), 1),
  /** Images a forward pass in evaluations; default 256. */
  evaluationBatchSize: optional(integer({ min: 1 }), 256),
  /**
   * Ends with the weights of the best epoch by this metric, `validationAccuracy` or `validationLoss`; true is
   * `validationAccuracy`. Default false: with the last.
   */
  bestWeights: optional(bestWeightsTaken, false),
  /** Stops before the last epoch where nothing improves; default: never. */
  earlyStopping: optional(nested(earlyStoppingOptions)),
  /** Evaluates and ends with a moving average of the weights; default: none. */
  ema: optional(nested(emaOptions)),
  /**
   * Sets the weights back to slow copies that follow them, every so many updates, and evaluates and ends with these; beside
   * `ema`, which averages the weights as they are set back, with the average. Default: none.
   */
  lookahead: optional(nested(lookaheadOptions)),
  /**
   * Variables that are left as they are, from the start or after so many epochs, which spares the way back to them. Moving
   * statistics go on; default: none.
   */
  freeze: optional(freezeList, []),
  /** As what else than themselves the test images are looked at; default: as they are alone. */
  testViews: optional(nested(viewOptions)),
  /** How many of the most confident mistakes on the test images are kept, with their pictures; default 24. */
  mistakes: evaluateOptions.fields.mistakes,
  /** Steps from one record of their figures to the next, counted over all epochs; an epoch's last step has one too. Default 10. */
  logEverySteps: optional(integer({ min: 1 }), 10),
  /** A folder for config.json, log.jsonl, metrics.csv, test.json, model/ and the checkpoints; default: nothing is written. */
  run: optional(text("the path of a folder, such as 'runs/first'")),
  /** Replaces a run that the folder holds; default false: that is an error. */
  overwrite: optional(boolean(), false),
  /** Goes on with the run that the folder holds, where it holds one; default false. */
  resume: optional(boolean(), false),
  /**
   * Resumes although the run was made with another backend, build of its kernels, TensorFlow.js, major version of Node.js
   * or kind of machine, and logs that; its end then has neither's bits. Default false: that is an error.
   */
  allowOtherBuild: optional(boolean(), false),
  /** Writes a checkpoint every so many epochs; default 1. */
  checkpointEvery: optional(integer({ min: 1 }), 1),
  /** Writes one also every so many steps, counted over all epochs; default: none within an epoch. Needs `run`. */
  checkpointEverySteps: optional(integer({ min: 1 })),
  /** How many checkpoints are kept, the last ones; default 2. Needs `run`. */
  keepCheckpoints: optional(integer({ min: 1 }), 2),
  /**
   * Records what a step launches and replays it, where backend, model and loss allow it, with the same bits; default true. A
   * layer or a loss of your own that decides something in JavaScript at each step, by other means than the step, epoch and
   * batch that it is given, needs false.
   */
  capture: optional(boolean(), true),
  /** Stops at the next step. With `run`, a checkpoint of that very step is kept. */
  signal: optional(abortSignal),
});

/** Options of {@link train}. */
export interface TrainOptions extends Given<typeof trainOptions> {}

/** The options with every default filled in; the loss and its settings have become the objective. */
export type ResolvedOptions = Omit<
  Resolved<typeof trainOptions>,
  'optimizer' | 'schedule' | 'objective' | 'loss' | 'labelSmoothing' | 'classWeights'
> & {
  readonly optimizer: Optimizer;
  readonly schedule: ScheduleFactory;
  readonly objective: Objective;
};

/** Checks all options and fills in the defaults. */
export function resolveOptions(given: TrainOptions, data: TrainingData): ResolvedOptions {
  const settings = resolve(trainOptions, given, 'options');
  const { loss, objective, labelSmoothing: epsilon, classWeights: weights, ...others } = settings;
  checkRunOptions(others);
  checkCheckpointOptions(given);
  checkChoices(others, (data.validation?.length ?? 0) > 0);
  if (others.testViews && data.test) {
    checkShift(others.testViews.shift, data.test.shape, 'testViews.shift');
  }
  const { batchSize, augment, optimizer: rule = adam() } = others;
  // What is wrong with weights or an augmentation is told here, and not by the first batch.
  if (weights) classWeightsFor(weights, data.train);
  batches(data.train, { batchSize, ...(augment && { augment }) });
  const chosen = chooseObjective({
    loss,
    objective,
    labelSmoothing: epsilon,
    classWeights: weights,
  });
  checkMixing(chosen, augment, loss ? 'loss' : 'objective');
  return {
    ...others,
    optimizer: rule,
    schedule: others.schedule ?? constant(rule.learningRate),
    objective: chosen,
  };
}

/** The options that decide a run's result, as it writes them down; a resumed run must have the same. */
export function optionsConfig(settings: ResolvedOptions): JsonObject {
  return {
    epochs: settings.epochs,
    batchSize: settings.batchSize,
    optimizer: settings.optimizer.config,
    schedule: settings.schedule.config ?? 'custom',
    augment: settings.augment ?? null,
    seed: settings.seed,
    dropLast: settings.dropLast,
    evaluateEvery: settings.evaluateEvery,
    evaluationBatchSize: settings.evaluationBatchSize,
    bestWeights: bestWeightsConfig(settings.bestWeights),
    earlyStopping: settings.earlyStopping ?? null,
    ema: settings.ema ?? null,
    // Absent where it is not asked for, as in runs of versions that had none.
    ...(settings.lookahead && { lookahead: settings.lookahead }),
    ...(settings.freeze.length > 0 && {
      freeze: settings.freeze.map(({ filter, after }) => ({ filter: filterConfig(filter), after })),
    }),
    ...(settings.testViews && { testViews: settings.testViews }),
  };
}

type Settings = Resolved<typeof trainOptions>;

function checkRunOptions({
  run,
  overwrite,
  resume,
  allowOtherBuild,
}: Pick<Settings, 'run' | 'overwrite' | 'resume' | 'allowOtherBuild'>): void {
  if (overwrite && resume) {
    throw new Error('overwrite, resume: got true for both, takes one of them');
  }
  if (allowOtherBuild && !resume) {
    throw new Error('allowOtherBuild: got true without resume, takes resume: true beside it');
  }
  if ((resume || overwrite) && run === undefined) {
    const name = resume ? 'resume' : 'overwrite';
    throw new Error(`${name}: got true without run, takes the run's folder as run: 'runs/…'`);
  }
}

/** Without a folder these would do nothing. */
function checkCheckpointOptions(given: TrainOptions): void {
  if (given.run !== undefined) return;
  for (const name of ['checkpointEverySteps', 'keepCheckpoints'] as const) {
    if (given[name] === undefined) continue;
    throw new Error(
      `${name}: got ${given[name]} without run, takes the run's folder as run: 'runs/…'`,
    );
  }
}

/** @param validated whether there are images to choose by */
function checkChoices(
  { bestWeights, earlyStopping }: Pick<Settings, 'bestWeights' | 'earlyStopping'>,
  validated: boolean,
): void {
  if (bestWeights && !validated) {
    throw new Error(
      `bestWeights: got ${show(bestWeightsConfig(bestWeights))} without validation images, takes data.validation`,
    );
  }
  if (earlyStopping && earlyStopping.metric !== 'trainLoss' && !validated) {
    throw new Error(
      `earlyStopping: got the metric '${earlyStopping.metric}' without validation images, takes data.validation or metric: 'trainLoss'`,
    );
  }
}

function chooseObjective(
  given: Pick<Settings, 'loss' | 'objective' | 'labelSmoothing' | 'classWeights'>,
): Objective {
  const names = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([key]) => key);
  const { loss, objective, labelSmoothing: epsilon = 0, classWeights: weights } = given;
  // The smoothing and the weights go together: both are of the default loss.
  if (names.length > 1 && (loss ?? objective) !== undefined) {
    throw new Error(`${names.join(', ')}: got ${names.length} of them, takes one`);
  }
  if (objective) return objective;
  if (loss) return lossObjective(loss);
  return crossEntropyObjective({
    labelSmoothing: epsilon,
    ...(weights && { classWeights: weights }),
  });
}
