import { integer as wholeNumber, optional, required } from '@mnet/core/options';
import type { JsonObject } from '@mnet/train';
import { type Score, scoreOf } from './score.ts';
import type { Search, Searching } from './search.ts';
import { NewTrials } from './space/new-trials.ts';
import type { SearchRanges } from './space/range.ts';
import { rangesTaken } from './space/ranges-from.ts';
import { Space } from './space/space.ts';

/** What every search takes. */
export const searchFields = {
  /** What it sets, by key: `{ learningRate: logUniform(0.001, 1), optimizer: choice(['sgd', 'adamw']) }`. */
  ranges: required(rangesTaken),
  /** How many settings it tries, each once: from 1 to as many as the ranges have. */
  trials: required(wholeNumber({ min: 1 })),
  /** Decides what is drawn; default 0. */
  seed: optional(wholeNumber(), 0),
};

/** The settings that every search has. */
export interface SharedSettings {
  readonly ranges: SearchRanges;
  readonly trials: number;
  readonly seed: number;
}

/** Where a search reads its options: a call, or a part of a JSON file. */
export interface Source {
  /** Names the options in errors. */
  readonly where: string;
  /** Goes before their names. */
  readonly prefix: string;
}

/**
 * A search of checked settings.
 *
 * @param name its function's
 * @param begin starts it with the trials that it shall begin
 * @throws RangeError for more trials than there are settings
 */
export function newSearch(
  name: string,
  settings: SharedSettings & JsonObject,
  { prefix }: Source,
  begin: (trials: NewTrials, score: Score) => Searching,
): Search {
  const { ranges, trials, seed } = settings;
  const space = new Space(ranges);
  if (trials > space.size) {
    throw new RangeError(
      `${prefix}trials: got ${trials}, takes at most ${space.size}: the ranges have no more settings, and the same again gives the same run`,
    );
  }
  return {
    describe: () => ({ [name]: settings }),
    keys: space.keys,
    trials,
    start: (metric) => begin(new NewTrials(space, seed, trials), scoreOf(metric)),
  };
}
