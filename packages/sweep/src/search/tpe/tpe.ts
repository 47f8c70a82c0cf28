import {
  boolean,
  type Given,
  integer as wholeNumber,
  number,
  optional,
  options,
  resolve,
} from '@mnet/core/options';
import { newSearch, searchFields, type Source } from '../new-search.ts';
import type { Search } from '../search.ts';
import { TreeSearching } from './tree-searching.ts';

/** What {@link TpeOptions} are made of. */
export const tpeOptions = options({
  ...searchFields,
  /** Trials that are drawn from the ranges until so many have told a value; from 1, below `trials`, default 10. */
  startup: optional(wholeNumber({ min: 1 }), 10),
  /** Settings that are drawn for each further trial, of which the most promising is tried; from 1, default 24. */
  candidates: optional(wholeNumber({ min: 1 }), 24),
  /** γ: the share of trials that count as good, of which there are at most 25; above 0, to 1, default 0.1. */
  gamma: optional(number({ above: 0, max: 1 }), 0.1),
  /** Whether keys are drawn together, so that what goes well with what is learnt; default false: each by itself. */
  multivariate: optional(boolean(), false),
});

/** Settings of {@link tpe}. */
export interface TpeOptions extends Given<typeof tpeOptions> {}

/**
 * The tree-structured Parzen estimator: each trial is trained to its end, and what is tried next follows from those before. Of
 * n trials that told, the best min(⌈γ · n⌉, 25) are good and all others bad; l is the density of the good ones' settings, g that
 * of the bad ones'. Of some candidates drawn from l, that with the highest
 *
 *     l(x) / g(x)
 *
 * is tried, which is the one whose expected improvement is the highest. Trials under way count as bad, so that slots that ask at
 * once are sent to different places; so do those that failed. Numbers are looked at on the scale of their range, log or not; the
 * densities are Optuna's: truncated normal distributions with the prior as one of them, as wide as the distance to neighbours, and
 * for choices smoothed counts; the 25 last trials weigh the most.
 *
 * Source: Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization"; Watanabe 2023, "Tree-Structured Parzen
 * Estimator", https://arxiv.org/abs/2304.11127
 *
 * @throws TypeError or RangeError for an option that is unknown, missing or out of range
 */
export function tpe(given: TpeOptions): Search {
  return tpeFrom(given, { where: 'tpe options', prefix: '' });
}

/** {@link tpe} of options that are read from elsewhere. */
export function tpeFrom(given: unknown, source: Source): Search {
  const settings = resolve(tpeOptions, given, source.where, source.prefix);
  const { startup, trials } = settings;
  if (startup >= trials) {
    throw new RangeError(
      `${source.prefix}startup: got ${startup} with ${trials} trials, takes fewer than trials: all would be drawn at random`,
    );
  }
  return newSearch(
    'tpe',
    settings,
    source,
    (begun, score) => new TreeSearching(begun, score, settings),
  );
}
