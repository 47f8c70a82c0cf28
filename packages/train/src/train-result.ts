import type { StepsMade } from './training/steps.ts';
import type { EpochRecord, RunRecord, TestRecord } from './runs/run-record.ts';

/** What a training gives. The model itself holds the final weights. */
export interface TrainResult {
  /** One record an epoch. */
  readonly history: readonly EpochRecord[];
  /** The best epoch by what `bestWeights` chooses by, else by validation accuracy; without validation the last. */
  readonly best: EpochRecord;
  /** Figures of the final weights on the test images; absent where there are none. */
  readonly test?: TestRecord;
  /** `stopped-early` if early stopping or a callback ended the training before its last step. */
  readonly status: 'finished' | 'stopped-early';
  /** Seconds of training, without evaluations. */
  readonly seconds: number;
  /** Everything a report needs, whether a run folder was written or not. */
  readonly record: RunRecord;
  /** How the steps of this process were made. */
  readonly capture: StepsMade;
  /** The run folder. */
  readonly run?: string;
}
