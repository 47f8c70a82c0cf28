import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { TrainInfo } from '../callbacks/callback.ts';
import type { Journal } from '../journal/journal.ts';
import type { ResolvedOptions, TrainingData } from '../options.ts';
import type { TrainingOutcome } from '../runs/checkpoint.ts';
import type { RunDescription } from '../runs/run-record.ts';
import type { Plan } from './plan.ts';
import type { Position } from './position.ts';

/** What one training is about. */
export interface Subject {
  readonly model: LayersModel;
  readonly data: TrainingData;
  readonly options: ResolvedOptions;
  readonly plan: Plan;
  readonly journal: Journal;
  readonly config: RunDescription;
}

/** What is told of a training when it begins or goes on. */
export function trainInfo(
  { model, data, options, plan, journal, config }: Subject,
  { history, step }: Position,
  complete: TrainingOutcome | undefined,
): TrainInfo {
  const { batchSize, augment } = options;
  return {
    model,
    epochs: plan.epochs,
    stepsPerEpoch: plan.stepsPerEpoch,
    steps: plan.steps,
    batchSize,
    images: data.train.length,
    epochsDone: history.length,
    stepsDone: (history.at(-1)?.step ?? 0) + step,
    complete: complete !== undefined,
    dataset: data.train,
    ...(augment && { augment }),
    config,
    ...(journal.dir === undefined ? {} : { run: journal.dir }),
  };
}
