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
  /** From 1. */
  readonly attempt: number;
  /** Counted within the attempt. */
  readonly number: number;
  /** Epochs done. */
  readonly epoch: number;
}

/**
 * A run's folder in a store, and its outcome. Attempts that overlap (a worker was thought dead and was not) write beside each other, never
 * over each other; since a run ends with the same bits wherever it is made, any whole snapshot of it may be gone on with.
 *
 * Requests of a store where nothing fails:
 *
 * - `save`: 1 PUT for each file that changed since the last one (its checkpoint, log, figures; more of files above 8 MiB) and 1 for the
 *   list of them; from the third one on, 1 DELETE for the oldest list and each file that only it had. The first save of an attempt
 *   sends all files, and asks 2 LIST.
 * - `restore`: 1 GET for the outcome, 1 LIST, 1 GET for the list of files and for each file.
 * - `end`: 1 PUT and 1 GET. `outcome`: 1 GET.
 */
export interface RunArchive {
  /**
   * Stores the folder as it is, also while a training writes to it: what did not change is not sent again. Of its own attempt the last
   * two snapshots are kept. Calls come one after the other.
   *
   * @param at.number counts the attempt's saves, each larger than the one before
   * @throws StoreError, or FileError where the folder cannot be read; the snapshots before are as they were
   */
  save(folder: string, at: Snapshot): Promise<void>;
  /**
   * Writes the newest whole snapshot to a folder that is not there or empty: of the attempt whose outcome stands, else of the last
   * attempt. One that is damaged or not all there is passed over.
   *
   * @param only says of a path within the folder whether it is written; default: all are
   * @returns undefined where there is none
   */
  restore(folder: string, only?: (path: string) => boolean): Promise<Snapshot | undefined>;
  /** Notes the outcome unless there is one. @returns the one that stands */
  end(outcome: RunOutcome): Promise<RunOutcome>;
  /** The outcome that stands. */
  outcome(): Promise<RunOutcome | undefined>;
}
