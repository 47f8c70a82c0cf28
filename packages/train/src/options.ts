import type { Augmentation, ImageDataset, Splits } from '@mnet/data';
import { type Callback } from './callbacks/callback.ts';
import { booleanValue, knownOptions, show, integerFrom } from '@mnet/core/check';
import { type EarlyStoppingOptions, resolveEarlyStopping } from './early-stopping.ts';
import { type EmaOptions, resolveEma } from './ema.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { crossEntropy, type LossFunction, lossObjective, type Objective } from './objective.ts';
import { adam } from './optimizers/adam.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import { isStockOptimizer, type StockOptimizer, stockOptimizer } from './optimizers/stock.ts';
import { constant } from './schedules/constant.ts';
import type { ScheduleFactory } from './schedules/schedule.ts';

/** Images to train on, to choose by after each epoch, and to judge with once, at the end. */
export type TrainingData =
  | Splits
  | {
      readonly train: ImageDataset;
      readonly validation?: ImageDataset;
      readonly test?: ImageDataset;
    };

/** Options of {@link train}. */
export interface TrainOptions {
  /** Passes over the training images. */
  epochs: number;
  /** Images a step; default 128. */
  batchSize?: number;
  /** The update rule; default `adam()`. One of TensorFlow.js's own works too, more slowly. */
  optimizer?: Optimizer | StockOptimizer;
  /** The learning rate over time; default: the optimizer's, constant. */
  schedule?: ScheduleFactory;
  /** ε of the default loss, softmax cross-entropy, from 0 to 1; default 0. */
  labelSmoothing?: number;
  /** Another loss of logits and labels. */
  loss?: LossFunction;
  /** Another objective than a loss of logits and labels, such as distillation. */
  objective?: Objective;
  /** Random changes to the training images; default none. */
  augment?: Augmentation;
  /** Decides order, augmentation and dropout; with equal weights at the start, equal seeds give equal bits. Default 0. */
  seed?: number;
  /** Leaves out an epoch's last batch where it is smaller than the others; default false. */
  dropLast?: boolean;
  /** Are told of the course, such as `progressBar()`. */
  callbacks?: readonly Callback[];
  /** Evaluates the validation images every so many epochs, and after the last; default 1. */
  evaluateEvery?: number;
  /** Images a forward pass in evaluations; default 256. */
  evaluationBatchSize?: number;
  /** Ends with the weights of the epoch of the highest validation accuracy; default false: with the last. */
  bestWeights?: boolean;
  /** Stops before the last epoch where nothing improves; default: never. */
  earlyStopping?: EarlyStoppingOptions;
  /** Evaluates and ends with a moving average of the weights; default: none. */
  ema?: EmaOptions;
  /** A folder for config.json, log.jsonl, metrics.csv, model/ and the checkpoint; default: nothing is written. */
  run?: string;
  /** Replaces a run that the folder holds; default false: that is an error. */
  overwrite?: boolean;
  /** Goes on with the run that the folder holds, where it holds one; default false. */
  resume?: boolean;
  /**
   * Resumes although the run was made with another backend, build of its kernels, TensorFlow.js, major version of Node.js
   * or kind of machine, and logs that; its end then has neither's bits. Default false: that is an error.
   */
  allowOtherBuild?: boolean;
  /** Writes a checkpoint every so many epochs; default 1. */
  checkpointEvery?: number;
  /** Stops at the next step. With `run`, a checkpoint of that very step is kept. */
  signal?: AbortSignal;
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  readonly schedule: ScheduleFactory;
  readonly objective: Objective;
  readonly augment: Augmentation | undefined;
  readonly seed: number;
  readonly dropLast: boolean;
  readonly callbacks: readonly Callback[];
  readonly evaluateEvery: number;
  readonly evaluationBatchSize: number;
  readonly bestWeights: boolean;
  readonly earlyStopping: Required<EarlyStoppingOptions> | undefined;
  readonly ema: Required<EmaOptions> | undefined;
  readonly run: string | undefined;
  readonly overwrite: boolean;
  readonly resume: boolean;
  readonly allowOtherBuild: boolean;
  readonly checkpointEvery: number;
  readonly signal: AbortSignal | undefined;
}

const keys: readonly (keyof TrainOptions)[] = [
  'epochs',
  'batchSize',
  'optimizer',
  'schedule',
  'labelSmoothing',
  'loss',
  'objective',
  'augment',
  'seed',
  'dropLast',
  'callbacks',
  'evaluateEvery',
  'evaluationBatchSize',
  'bestWeights',
  'earlyStopping',
  'ema',
  'run',
  'overwrite',
  'resume',
  'allowOtherBuild',
  'checkpointEvery',
  'signal',
];

/** Checks all options and fills in the defaults. */
export function resolveOptions(options: TrainOptions, data: TrainingData): ResolvedOptions {
  knownOptions(options, keys, 'options');
  const { epochs, batchSize = 128, seed = 0, dropLast = false, callbacks = [] } = options;
  const { evaluateEvery = 1, evaluationBatchSize = 256, checkpointEvery = 1 } = options;
  const { bestWeights = false, run, overwrite = false, resume = false } = options;
  const { allowOtherBuild = false } = options;
  integerFrom(epochs, 1, 'epochs');
  integerFrom(batchSize, 1, 'batchSize');
  integerFrom(seed, Number.MIN_SAFE_INTEGER, 'seed');
  booleanValue(dropLast, 'dropLast');
  integerFrom(evaluateEvery, 1, 'evaluateEvery');
  integerFrom(evaluationBatchSize, 1, 'evaluationBatchSize');
  integerFrom(checkpointEvery, 1, 'checkpointEvery');
  booleanValue(bestWeights, 'bestWeights');
  booleanValue(overwrite, 'overwrite');
  booleanValue(resume, 'resume');
  booleanValue(allowOtherBuild, 'allowOtherBuild');
  if (!Array.isArray(callbacks)) {
    throw new TypeError(`callbacks: got ${show(callbacks)}, takes an array`);
  }
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
  const validated = (data.validation?.length ?? 0) > 0;
  if (bestWeights && !validated) {
    throw new Error('bestWeights: got true without validation images, takes data.validation');
  }
  const earlyStopping = options.earlyStopping && resolveEarlyStopping(options.earlyStopping);
  if (earlyStopping && earlyStopping.metric !== 'trainLoss' && !validated) {
    throw new Error(
      `earlyStopping: got the metric '${earlyStopping.metric}' without validation images, takes data.validation or metric: 'trainLoss'`,
    );
  }
  const optimizer = resolveOptimizer(options.optimizer);
  const { schedule = constant(optimizer.learningRate) } = options;
  if (typeof schedule !== 'function') {
    throw new TypeError(
      `schedule: got ${show(schedule)}, takes constant(rate), cosine({ peak }) or ({ epochs, stepsPerEpoch }) => (step) => rate`,
    );
  }
  return {
    epochs,
    batchSize,
    optimizer,
    schedule,
    objective: resolveObjective(options),
    augment: options.augment,
    seed,
    dropLast,
    callbacks,
    evaluateEvery,
    evaluationBatchSize,
    bestWeights,
    earlyStopping,
    ema: options.ema && resolveEma(options.ema),
    run,
    overwrite,
    resume,
    allowOtherBuild,
    checkpointEvery,
    signal: options.signal,
  };
}

/** The options that decide a run's result, as it writes them down; a resumed run must have the same. */
export function optionsConfig(options: ResolvedOptions): JsonObject {
  return {
    epochs: options.epochs,
    batchSize: options.batchSize,
    optimizer: options.optimizer.config,
    schedule: options.schedule.config ?? 'custom',
    augment: (options.augment ?? null) as JsonValue,
    seed: options.seed,
    dropLast: options.dropLast,
    evaluateEvery: options.evaluateEvery,
    evaluationBatchSize: options.evaluationBatchSize,
    bestWeights: options.bestWeights,
    earlyStopping: options.earlyStopping ?? null,
    ema: options.ema ?? null,
  };
}

function resolveOptimizer(optimizer: TrainOptions['optimizer'] = adam()): Optimizer {
  if (isStockOptimizer(optimizer)) return stockOptimizer(optimizer);
  if (typeof optimizer?.bind !== 'function') {
    throw new TypeError(
      `optimizer: got ${show(optimizer)}, takes sgd(), adam(), adamW() or an optimizer of TensorFlow.js`,
    );
  }
  return optimizer;
}

function resolveObjective({ loss, objective, labelSmoothing }: TrainOptions): Objective {
  const given = Object.entries({ loss, objective, labelSmoothing })
    .filter(([, value]) => value !== undefined)
    .map(([key]) => key);
  if (given.length > 1) {
    throw new Error(`${given.join(', ')}: got ${given.length} of them, takes one`);
  }
  if (objective !== undefined) {
    if (typeof objective?.compute !== 'function') {
      throw new TypeError(`objective: got ${show(objective)}, takes an Objective`);
    }
    return objective;
  }
  if (loss !== undefined) {
    if (typeof loss !== 'function') {
      throw new TypeError(`loss: got ${show(loss)}, takes (logits, labels) => Scalar`);
    }
    return lossObjective(loss);
  }
  return crossEntropy(labelSmoothing === undefined ? {} : { labelSmoothing });
}
