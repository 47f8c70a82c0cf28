import { oneOf } from '@mnet/core/check';
import type { Metric } from './search.ts';

/** A value of the metric as a number of which more is better; undefined for none, NaN and infinity, which are the worst. */
export type Score = (value: number | undefined) => number | undefined;

/** How values of a metric are compared. */
export function scoreOf({ goal }: Metric): Score {
  oneOf(goal, ['max', 'min'], 'metric.goal');
  const sign = goal === 'max' ? 1 : -1;
  return (value) => (value !== undefined && Number.isFinite(value) ? sign * value : undefined);
}

/** What a trial has reached. */
export interface Scored {
  readonly number: number;
  readonly score: number;
}

/** Sorts the best first; of equals the one that began first. */
export function bestFirst(a: Scored, b: Scored): number {
  return b.score - a.score || a.number - b.number;
}
