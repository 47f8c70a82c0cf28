import type { StepInfo } from '../callbacks/callback.ts';
import type { ResolvedOptions } from '../options.ts';
import type { TrainingOutcome } from '../runs/checkpoint.ts';
import { bestEpoch, bestMetric } from '../runs/best-epoch.ts';
import type { EpochRecord, StepRecord } from '../runs/run-record.ts';
import type { TrainResult } from '../train-result.ts';
import type { Plan } from './plan.ts';
import type { Position } from './position.ts';

/** What is told of the step that has just been done. */
export function stepInfo(
  { epoch, step, meter, pace, place }: Position,
  { evaluateEvery }: Pick<ResolvedOptions, 'evaluateEvery'>,
  { stepsPerEpoch, steps, epochs }: Plan,
  { learningRate, stepLoss }: Pick<StepInfo, 'learningRate' | 'stepLoss'>,
): StepInfo {
  const stepsLeft = steps - epoch * stepsPerEpoch - step;
  const evaluationsLeft = Math.ceil((epochs - epoch) / evaluateEvery);
  return {
    ...place,
    learningRate,
    stepLoss,
    loss: meter.loss,
    accuracy: meter.accuracy,
    imagesPerSecond: pace.imagesPerSecond(meter.images),
    secondsLeft: pace.secondsLeft(stepsLeft, evaluationsLeft),
  };
}

/** The record of the steps since the last that were logged, of which there must be one. */
export function stepRecord(
  position: Position,
  { stepsPerEpoch }: Plan,
  learningRate: number,
): StepRecord {
  const { epoch, step } = position;
  return {
    step: epoch * stepsPerEpoch + step,
    epoch: epoch + 1,
    learningRate,
    ...position.takeRecent(),
  };
}

/** The record of the epoch whose steps are done. */
export function epochRecord(
  { epoch, step, meter, pace }: Position,
  { stepsPerEpoch }: Plan,
  learningRate: number,
  validation: Pick<EpochRecord, 'validationLoss' | 'validationAccuracy' | 'validationSeconds'>,
): EpochRecord {
  const { loss, accuracy, terms, images } = meter;
  const { validationSeconds, ...figures } = validation;
  return {
    epoch: epoch + 1,
    step: epoch * stepsPerEpoch + step,
    learningRate,
    trainLoss: loss,
    trainAccuracy: accuracy,
    ...figures,
    ...(terms ? { terms } : {}),
    seconds: pace.seconds,
    ...(validationSeconds === undefined ? {} : { validationSeconds }),
    imagesPerSecond: pace.imagesPerSecond(images),
  };
}

/** What a training gives, but for its record. */
export function resultOf(
  history: readonly EpochRecord[],
  { status, test }: TrainingOutcome,
  { bestWeights }: Pick<ResolvedOptions, 'bestWeights'>,
): Omit<TrainResult, 'capture' | 'record' | 'run'> {
  const best = bestEpoch(history, bestMetric(bestWeights)) as EpochRecord;
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  return { history, best, ...(test ? { test } : {}), status, seconds };
}
