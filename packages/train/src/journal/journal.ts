import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { TrainingProgress, TrainingState } from '../runs/checkpoint.ts';
import type { EpochRecord, RunRecord, StepRecord, TestDetails } from '../runs/run-record.ts';
import type { TrainResult } from '../train-result.ts';

/** What a training writes down as it goes. */
export interface Journal {
  /** The run folder; undefined where there is none. */
  readonly dir: string | undefined;
  /** To be called between steps. Throws where another process has taken the folder over, as all that write do. */
  check(): void;
  /** These steps have ended. */
  logSteps(record: StepRecord): void;
  /** The last of these epochs has ended. */
  logEpoch(history: readonly EpochRecord[]): void;
  /**
   * Takes what a killed run goes on from; `flush` writes it down.
   *
   * @param state reads it; called where it is kept
   * @param variables those whose values are the state's weights
   */
  checkpoint(state: () => Promise<TrainingState>, variables: readonly Variable[]): Promise<void>;
  /**
   * Writes down the checkpoint that was taken, where that is still to be done. Apart from taking it, since a device can
   * compute the next step meanwhile.
   */
  flush(): void;
  /**
   * The training is complete; `variables` are the model's weights, which are the state's.
   *
   * @param details of the test images, where there are any
   */
  complete(
    model: LayersModel,
    state: TrainingState & { progress: Required<Pick<TrainingProgress, 'complete'>> },
    variables: readonly Variable[],
    details?: TestDetails,
  ): Promise<void>;
  /** The training has ended with an error. Throws none of its own; a run that is complete stays so. */
  fail(status: 'stopped' | 'diverged', error: unknown): void;
  /**
   * The whole run, when it is complete.
   *
   * @param details as `complete` was given them
   */
  record(result: Omit<TrainResult, 'capture' | 'record' | 'run'>, details?: TestDetails): RunRecord;
  /** Leaves the folder to others. */
  close(): void;
}
