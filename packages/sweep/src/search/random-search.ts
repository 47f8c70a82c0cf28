import { type Given, options, resolve } from '@mnet/core/options';
import { newSearch, searchFields, type Source } from './new-search.ts';
import type { Ask, Search, Searching, Tell } from './search.ts';
import type { NewTrials } from './space/new-trials.ts';
import { Underway } from './underway.ts';

/** What {@link RandomSearchOptions} are made of. */
export const randomSearchOptions = options(searchFields);

/** Settings of {@link randomSearch}. */
export interface RandomSearchOptions extends Given<typeof randomSearchOptions> {}

/**
 * Trials drawn from the ranges, each trained to its end, no two alike. With as many trials as the ranges have settings it is a
 * grid in a random order.
 *
 * Source: Bergstra and Bengio 2012, "Random Search for Hyper-Parameter Optimization", JMLR 13
 *
 * @throws TypeError or RangeError for an option that is unknown, missing or out of range
 */
export function randomSearch(given: RandomSearchOptions): Search {
  return randomSearchFrom(given, { where: 'randomSearch options', prefix: '' });
}

/** {@link randomSearch} of options that are read from elsewhere. */
export function randomSearchFrom(given: unknown, source: Source): Search {
  const settings = resolve(randomSearchOptions, given, source.where, source.prefix);
  return newSearch('randomSearch', settings, source, (trials) => new RandomSearching(trials));
}

class RandomSearching implements Searching {
  readonly #trials: NewTrials;
  readonly #underway = new Underway<void>();

  constructor(trials: NewTrials) {
    this.#trials = trials;
  }

  ask(): Ask {
    if (this.#trials.spent) return { kind: 'done' };
    const { trial } = this.#trials.draw();
    this.#underway.begin(trial.number);
    return { kind: 'run', trial };
  }

  tell(told: Tell): void {
    this.#underway.end(told);
  }
}
