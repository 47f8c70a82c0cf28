import type { Values } from '../factors.ts';

/** A setting with what its runs reached, one number a seed. */
export interface Outcome {
  readonly values: Values;
  readonly reached: readonly number[];
}

/** How much of the metric's variance one key, or two together, explain. */
export interface Share {
  /** One key, or two: what these explain together beyond what each does alone. */
  readonly keys: readonly string[];
  /** From 0 to 1. */
  readonly share: number;
  /** Of a grid: about what keys that do nothing would be given; absent where that cannot be told. */
  readonly chance?: number;
  /** Of a forest: the standard deviation over its trees. */
  readonly spread?: number;
}

/** What mattered in a study. */
export interface Importance {
  /** `grid`: exact, of every combination of the values; `forest`: of what a forest of trees makes of the settings. */
  readonly method: 'grid' | 'forest';
  /** Each key alone, then each pair, the greatest first. */
  readonly shares: readonly Share[];
  /** What is left for three and more keys together; of a grid from one seed with what comes by chance. */
  readonly rest: number;
  /** What is left within the settings, which differs by the seed alone; absent where each has one, or not all as many. */
  readonly seeds?: number;
  /** Settings that it was told of. */
  readonly settings: number;
  /** Of a forest: R² on settings that its trees have not seen. */
  readonly unseen?: number;
}
