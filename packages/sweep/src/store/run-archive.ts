/** What became of a run, written once. */
export interface RunOutcome {
  readonly kind: 'complete' | 'failed';
  /** Why it failed. */
  readonly message?: string;
  /** Of the attempt that wrote it, from 1. */
  readonly attempt: number;
  /** Which worker, for people: host and process. */
  readonly worker: string;
  /** SHA-256 of the final weights' file; absent where it failed. */
  readonly weights?: string;
}

/** A run's folder as it was stored at some time. */
export interface Snapshot {
  readonly attempt: number;
  /** Counted within the attempt. */
  readonly number: number;
  /** Epochs done. */
  readonly epoch: number;
}

/**
 * A run's folder in a store, and its outcome. Attempts that overlap (a worker was thought dead and was not) write beside each other, never
 * over each other; since a run ends with the same bits wherever it is made, any whole snapshot of it may be gone on with.
 */
export interface RunArchive {
  /** Stores the folder as it is, also while a training writes to it: what did not change is not sent again. */
  save(folder: string, at: Snapshot): Promise<void>;
  /** Writes the newest whole snapshot to a folder that is not there or empty; undefined where there is none. */
  restore(folder: string): Promise<Snapshot | undefined>;
  /** Notes the outcome unless there is one. @returns the one that stands */
  end(outcome: RunOutcome): Promise<RunOutcome>;
  outcome(): Promise<RunOutcome | undefined>;
}
