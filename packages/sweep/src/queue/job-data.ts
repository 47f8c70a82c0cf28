import type { JsonValue } from '@mnet/train';
import type { Metric } from '../search/search.ts';
import type { PlannedRun } from '../study/plan.ts';
import type { RunPlace } from './names.ts';

/** Of what is written into jobs. A worker leaves jobs of another one to workers that know it. */
export const jobFormat = 1;

/** The store that a study's runs are in. */
export interface StorePlace {
  /** Its own, which is the same wherever it is mounted. */
  readonly id: string;
  /** How its driver calls it, for people; without secrets. */
  readonly place: string;
}

/** One run as a job has it. */
export interface RunJob extends RunPlace {
  readonly format: number;
  readonly kind: 'run';
  readonly planned: PlannedRun;
  /** The digests of the runs that it needs, by their ids. */
  readonly needs: Readonly<Record<string, string>>;
  readonly store: StorePlace;
  /** Of a search: the run pauses when this epoch (from 1) is done. */
  readonly untilEpoch?: number;
  /** Of a search: what its trials are compared by. */
  readonly metric?: Metric;
  /** What computes at the driver's; absent: any that a worker has. */
  readonly build?: string;
}

/** The job that adds what waits for a run, once that has ended. */
export interface GateJob extends RunPlace {
  readonly format: number;
  readonly kind: 'then';
  readonly store: StorePlace;
}

export type Job = RunJob | GateJob;

/** How far a run has come, for tables. */
export interface RunFigures {
  /** In all. */
  readonly epochs?: number;
  /** Of the last epoch that was validated. */
  readonly validationAccuracy?: number;
  readonly validationLoss?: number;
}

/** What a run's job gives when it is complete. */
export interface RunResult extends RunFigures {
  readonly kind: 'complete' | 'paused';
  /** Epochs done. */
  readonly epoch?: number;
  /** The metric's value, of a search. */
  readonly value?: number;
  /** SHA-256 of the final weights. */
  readonly weights?: string;
  readonly attempt: number;
  readonly worker: string;
}

/** How a run under way is shown by dashboards. */
export interface JobProgress extends RunFigures {
  readonly epoch: number;
  readonly share: number;
  readonly attempt: number;
  readonly worker: string;
}

/** Whether this version knows what a job is. */
export function known(data: unknown): data is Job {
  const { format, kind } = (data ?? {}) as { format?: JsonValue; kind?: JsonValue };
  return format === jobFormat && (kind === 'run' || kind === 'then');
}
