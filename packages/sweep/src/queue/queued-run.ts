/** States of a run, in the order in which tables have them. */
export const queuedStates = [
  /** Of others that it needs. */
  'needs',
  'waiting',
  'running',
  /** It failed, and is tried again in a while. */
  'retrying',
  /** Its study is paused, or a search has not taken it further. */
  'paused',
  'complete',
  'failed',
  /** A run that it needs was not made. */
  'skipped',
  'cancelled',
  /** Its job was taken off the queue by somebody. */
  'removed',
] as const;

/** Where a run stands. */
export type QueuedState = (typeof queuedStates)[number];

/** A run of a study on a queue. */
export interface QueuedRun {
  readonly id: string;
  /** Empty in a study of one stage. */
  readonly stage: string;
  readonly state: QueuedState;
  /** ISO 8601: since when it is in this state, as far as it is known. */
  readonly since?: string;
  /** The name of the worker that has it, or had it. */
  readonly worker?: string;
  /** Epochs done, and in all. */
  readonly epoch?: number;
  readonly epochs?: number;
  /** Of the epoch under way, from 0 to 1. */
  readonly share?: number;
  readonly validationAccuracy?: number;
  readonly validationLoss?: number;
  /** The metric's value, of a search. */
  readonly value?: number;
  /** How often it failed. */
  readonly failures: number;
  /** How often a worker took it. */
  readonly starts: number;
  /** Why it failed, was skipped or is tried again. */
  readonly reason?: string;
  /** SHA-256 of the final weights. */
  readonly weights?: string;
}

/** A study on a queue. */
export interface QueuedStudy {
  readonly name: string;
  readonly state: 'active' | 'paused' | 'cancelled';
  readonly priority: number;
  /** ISO 8601. */
  readonly created: string;
  /** Where its runs are kept, as its driver calls it. */
  readonly store: string;
  readonly counts: Readonly<Record<QueuedState, number>>;
  readonly runs: readonly QueuedRun[];
}
