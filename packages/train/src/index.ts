export { type RecalibrateOptions, recalibrateBatchNorm } from './batch-norm/recalibrate.ts';
export {
  type Callback,
  type ProgressInfo,
  type StepInfo,
  type TrainEnd,
  type TrainInfo,
  type Verdict,
} from './callbacks/callback.ts';
export {
  type ProgressBarOptions,
  type ProgressStream,
  progressBar,
} from './callbacks/progress-bar.ts';
export { checkClassifier, checkFit } from './classifier.ts';
export { type EarlyStoppingOptions, earlyStoppingOptions } from './early-stopping.ts';
export { type EmaOptions, emaOptions } from './ema.ts';
export { TrainingAbortedError, TrainingDivergedError } from './errors.ts';
export { argMax } from './evaluation/arg-max.ts';
export { confusionMatrix, perClassAccuracy } from './evaluation/confusion.ts';
export type { ReliabilityBin } from './evaluation/calibration.ts';
export type { Misclassified } from './evaluation/mistakes.ts';
export {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  evaluateLogits,
  evaluateOptions,
} from './evaluation/evaluate.ts';
export {
  type LogitsBatch,
  type StreamOptions,
  streamLogits,
} from './evaluation/stream-logits.ts';
export { streamViews } from './evaluation/stream-views.ts';
export { type ViewOptions, viewOptions } from './evaluation/views.ts';
export type { FreezeOptions } from './freezing.ts';
export type { JsonObject, JsonValue } from './json.ts';
export { batchCrossEntropy } from './objectives/batch-cross-entropy.ts';
export { type CrossEntropyOptions, crossEntropyObjective } from './objectives/cross-entropy.ts';
export {
  type FindLearningRateOptions,
  findLearningRate,
  findLearningRateOptions,
  type LearningRateRange,
} from './learning-rate/find-learning-rate.ts';
export type { RangeTestPoint } from './learning-rate/range-test.ts';
export { type LookaheadOptions, lookaheadOptions } from './lookahead.ts';
export type { LossFunction } from './objectives/loss.ts';
export {
  type Objective,
  type ObjectiveContext,
  type ObjectiveSetup,
  type ObjectiveValue,
  type TrainingCall,
  trainingCall,
  trainingLogits,
} from './objectives/objective.ts';
export {
  type AccumulateOptions,
  accumulate,
  accumulateOptions,
} from './optimizers/accumulate.ts';
export {
  type AdamOptions,
  adam,
  adamOptions,
  adamW,
  adamWOptions,
} from './optimizers/adam.ts';
export { chain } from './optimizers/chain.ts';
export { clipByGlobalNorm, maxNorm } from './optimizers/clip-by-global-norm.ts';
export type { Gradients, GradientTransform } from './optimizers/gradient-transform.ts';
export type { Coefficients, ParameterGroup, VariableFilter } from './optimizers/groups.ts';
export type { BoundOptimizer, Optimizer, OptimizerState } from './optimizers/optimizer.ts';
export { type RmspropOptions, rmsprop, rmspropOptions } from './optimizers/rmsprop.ts';
export { type SgdOptions, sgd, sgdOptions } from './optimizers/sgd.ts';
export { type StockOptimizer, stockOptimizer } from './optimizers/stock.ts';
export { type TrainingData, type TrainOptions, trainOptions } from './options.ts';
export { buildOf, type Environment, environment } from './runs/environment.ts';
export type { RunEvent } from './runs/log.ts';
export { modelFingerprint } from './runs/model-topology.ts';
export type { StoredConfig } from './runs/config-file.ts';
export { type BestMetric, bestWeightsMetric } from './runs/best-epoch.ts';
export { type FollowedRun, followRun } from './runs/follow-run.ts';
export { createRun, type CreateRunOptions, openRun, type Run, readRun } from './runs/run.ts';
export { type RunPaths, runPaths } from './runs/run-paths.ts';
export type { StoredPicture } from './runs/stored-picture.ts';
export type {
  DatasetInfo,
  EpochRecord,
  Mistake,
  ModelInfo,
  RunConfig,
  RunDescription,
  RunRecord,
  StepRecord,
  TestDetails,
  TestRecord,
} from './runs/run-record.ts';
export { type AnnealingOptions, annealingOptions, cosine, linear } from './schedules/annealing.ts';
export { constant } from './schedules/constant.ts';
export { type OneCycleOptions, oneCycle, oneCycleOptions } from './schedules/one-cycle.ts';
export type { Schedule, ScheduleContext, ScheduleFactory } from './schedules/schedule.ts';
export {
  type MultiStepOptions,
  multiStep,
  multiStepOptions,
  type StepDecayOptions,
  stepDecay,
  stepDecayOptions,
} from './schedules/steps.ts';
export { type WarmupOptions, warmup } from './schedules/warmup.ts';
export { type StepInput, type StepOutcome, TrainSteps } from './step.ts';
export { train } from './train.ts';
export type { StepsMade } from './training/steps.ts';
export type { TrainResult } from './train-result.ts';
