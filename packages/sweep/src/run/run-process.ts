import type { Program, RunOrder } from './program.ts';

/** How a run's process has ended. */
export type RunEnd =
  /** The run is complete. */
  | { readonly kind: 'complete' }
  /** It was paused after `untilEpoch`. */
  | { readonly kind: 'paused'; readonly epoch: number }
  /** It was stopped by `stop` or `kill`, or by a signal from elsewhere; it can be gone on with. */
  | { readonly kind: 'stopped'; readonly signal: string }
  /** It failed. `final`: a further attempt would end the same way, as a training that diverged. */
  | { readonly kind: 'failed'; readonly message: string; readonly final: boolean };

/** Where a run stands, for tables. */
export interface RunProgress {
  /** Epochs done, and in all. */
  readonly epoch: number;
  readonly epochs: number;
  /** Of the epoch under way, from 0 to 1. */
  readonly share: number;
  /** Of the last epoch that was validated. */
  readonly validationAccuracy?: number;
  readonly validationLoss?: number;
}

/** What a run's process is watched by. */
export interface RunWatch {
  /** Where it stands, whenever its folder says something new. */
  readonly onProgress?: (progress: RunProgress) => void;
  /** There is a checkpoint more in the run's folder, whole on the disk, and so many epochs are done. */
  readonly onEpoch?: (epoch: number) => void;
}

/** A run's process. */
export interface RunProcess {
  /** Never rejects. */
  readonly end: Promise<RunEnd>;
  /** Asks the process to stop at its next step with its files whole. */
  stop(): void;
  /** Ends the process at once. */
  kill(): void;
  /**
   * Tells the process for how long it may go on from now, in milliseconds, unless it is told again: then it ends at once by itself,
   * `stopped` by the signal `lease`. So it also ends where the process that started it was stopped, and cannot end it. Until it is told it goes on without end.
   */
  readonly lease?: (milliseconds: number) => void;
}

/**
 * Starts the process of a run. What it prints goes to the end of `output.log` in its folder.
 *
 * @param order what is run; where the folder holds a run, that is gone on with
 */
export type StartRun = (program: Program, order: RunOrder, watch?: RunWatch) => RunProcess;
