import type { JsonObject } from '@mnet/train';
import type { Value } from '../config.ts';

/** What a search looks for. */
export interface Metric {
  readonly name: 'validationAccuracy' | 'validationLoss';
  readonly goal: 'max' | 'min';
}

/** One setting that a search tries. */
export interface Trial {
  /** From 0, in the order in which they were asked for. */
  readonly number: number;
  readonly values: Readonly<Record<string, Value>>;
}

/** What comes next in a search. */
export type Ask =
  /** A trial begins, or goes on, until this epoch is done; absent: to its end. */
  | { readonly kind: 'run'; readonly trial: Trial; readonly untilEpoch?: number }
  /** Nothing until one of the trials under way has told its value. */
  | { readonly kind: 'wait' }
  /** The budget is spent; trials under way may still tell. */
  | { readonly kind: 'done' };

/** What has become of a trial that was run. */
export interface Tell {
  readonly number: number;
  /** As it was asked for. */
  readonly untilEpoch?: number;
  /** The metric at that epoch, or of the weights that the run has kept; absent: it diverged or failed, which counts as the worst. */
  readonly value?: number;
}

/**
 * A search under way. What is asked follows from the search's seed and from what was asked and told before, in its order, so that
 * a search is gone on with by asking and telling the same again.
 */
export interface Searching {
  /** What comes next, where there is room for a run. */
  ask(): Ask;
  /** Takes what has become of a trial that was asked for. */
  tell(told: Tell): void;
}

/** A way to search: `randomSearch`, `asha`, `tpe`. */
export interface Search {
  /** Its name and settings, every default filled in, as a study keeps them. */
  describe(): JsonObject;
  /** The keys that it sets. */
  readonly keys: readonly string[];
  /** The trials that it begins in all. */
  readonly trials: number;
  /** Begins anew. */
  start(metric: Metric): Searching;
}
