import type { RunRecord } from '@mnet/train';
import type { Config, Value } from '../config.ts';
import type { Metric } from '../search/search.ts';

/** Everything that a study's report needs. */
export interface StudyRecord {
  readonly name: string;
  /** ISO 8601. */
  readonly started: string;
  /** ISO 8601; absent while runs are to be made. */
  readonly ended?: string;
  readonly metric: Metric;
  /** Of the stages that are searches; absent where none is. */
  readonly searches?: readonly StudySearch[];
  /** The command lines that make it again, without secrets. */
  readonly commands?: readonly (readonly string[])[];
  /** In their order. */
  readonly runs: readonly StudyRun[];
}

/** A stage of a study that is a search. */
export interface StudySearch {
  /** The stage; empty in a study of one. */
  readonly stage: string;
  readonly name: string;
  /** That it begins in all. */
  readonly trials: number;
  /** Epochs after which it decides which trials go on, from the first; absent: it takes all to their end. */
  readonly rungs?: readonly number[];
}

/** One run of a study, as it stands. */
export interface StudyRun {
  readonly id: string;
  /** Empty in a study of one stage. */
  readonly stage: string;
  /** What sets it apart from others of its stage, without the seed. */
  readonly values: Readonly<Record<string, Value>>;
  readonly seed?: number;
  /** All of its settings; absent: those of its record are shown. */
  readonly config?: Config;
  /**
   * `paused`: a search has not taken it further; `stopped`: it can be gone on with; `failed`: for good; `skipped`: a run that it
   * needs has failed.
   */
  readonly state: 'waiting' | 'running' | 'complete' | 'paused' | 'stopped' | 'failed' | 'skipped';
  /** What was read of its folder; absent before it began. */
  readonly record?: RunRecord;
  /** Why it failed or was skipped. */
  readonly error?: string;
  /** The file with what its process printed, relative to the study's folder. */
  readonly log?: string;
  /** The page of the run itself, relative to the study's folder; absent where there is none. */
  readonly report?: string;
}
