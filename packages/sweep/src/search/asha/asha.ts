import {
  type Given,
  integer as wholeNumber,
  optional,
  options,
  required,
  type Resolved,
  resolve,
} from '@mnet/core/options';
import { newSearch, searchFields, type Source } from '../new-search.ts';
import type { Search } from '../search.ts';
import { Halving } from './halving.ts';

/** What {@link AshaOptions} are made of. */
export const ashaOptions = options({
  ...searchFields,
  /** Epochs after which trials are compared first, from 1; default 1. */
  minEpochs: optional(wholeNumber({ min: 1 }), 1),
  /** Epochs of a whole training, at least `minEpochs` × `reduction`. */
  maxEpochs: required(wholeNumber({ min: 2 })),
  /** η: one of so many goes on, for so many times the epochs; from 2, default 4. */
  reduction: optional(wholeNumber({ min: 2 }), 4),
});

/** Settings of {@link asha}. */
export interface AshaOptions extends Given<typeof ashaOptions> {}

/**
 * Asynchronous successive halving: all trials are trained for a few epochs, and the best of them for longer. The rungs are
 *
 *     minEpochs, minEpochs · η, minEpochs · η², …, maxEpochs
 *
 * where the last step is of η or more, up to η², and the last rung is the whole training. Whenever a slot is free, the highest rung
 * with a trial among its best ⌊n / η⌋ of n that was not promoted gives its best such trial to the next rung; where there is none, a
 * new trial begins. Nobody waits for a rung to be full. A trial that comes late and is better than those that were promoted before
 * is promoted too, so that more than n / η of a rung can have been in the end. What failed counts as the worst of its rung and is
 * never promoted.
 *
 * Once all trials have begun and no rung below the last can change any more, the rule may have taken none to its end: few
 * trials do not fill the rungs. Then the best trial of the highest rung goes on, one rung after the other, until one is trained to
 * its end. A search so ends with a whole training, unless all failed.
 *
 * Source: Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning", algorithm 2,
 * https://arxiv.org/abs/1810.05934; without the last paragraph
 *
 * @throws TypeError or RangeError for an option that is unknown, missing or out of range
 */
export function asha(given: AshaOptions): Search {
  return ashaFrom(given, { where: 'asha options', prefix: '' });
}

/** {@link asha} of options that are read from elsewhere. */
export function ashaFrom(given: unknown, source: Source): Search {
  const settings = resolve(ashaOptions, given, source.where, source.prefix);
  const { minEpochs, maxEpochs, reduction } = settings;
  if (maxEpochs < minEpochs * reduction) {
    throw new RangeError(
      `${source.prefix}maxEpochs: got ${maxEpochs}, takes at least minEpochs times reduction, ${minEpochs * reduction}: below, no training would be cut short`,
    );
  }
  const epochs = rungEpochs(settings);
  return newSearch(
    'asha',
    settings,
    source,
    (trials, score) => new Halving(trials, score, epochs, reduction),
  );
}

/** The epochs of all rungs but the last, which is the whole training. */
function rungEpochs({
  minEpochs,
  maxEpochs,
  reduction,
}: Pick<Resolved<typeof ashaOptions>, 'minEpochs' | 'maxEpochs' | 'reduction'>): number[] {
  const epochs: number[] = [];
  for (let each = minEpochs; each * reduction <= maxEpochs; each *= reduction) epochs.push(each);
  return epochs;
}
