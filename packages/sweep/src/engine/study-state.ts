import type { RunProgress } from '../run/run-process.ts';
import type { PlannedRun } from '../study/plan.ts';

/** One run, as it stands now. */
export interface LiveRun extends PlannedRun {
  readonly state: 'waiting' | 'running' | 'complete' | 'paused' | 'stopped' | 'failed' | 'skipped';
  readonly progress?: RunProgress;
  /** The metric's value, once there is one. */
  readonly value?: number;
  /** Attempts that failed. */
  readonly failures: number;
  readonly error?: string;
  /** When its process was started, in milliseconds since 1970. */
  readonly since?: number;
}

/** A study, as it stands now. */
export interface StudyState {
  readonly name: string;
  /** Runs in all, of searches those that their budgets allow. */
  readonly total: number;
  readonly runs: readonly LiveRun[];
}
