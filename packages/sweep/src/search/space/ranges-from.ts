import { type Takes, unfit } from '@mnet/core/options';
import { rangeFrom } from './check-range.ts';
import { isPlain } from './plain.ts';
import type { SearchRanges } from './range.ts';

const words =
  'an object of ranges by key, at least one, such as { learningRate: { logUniform: [0.001, 1] } }';

/**
 * Reads the ranges of a search from JSON, or checks those that a program has made.
 *
 * @param where names them in errors: `ranges.learningRate.logUniform[0]: got 0, takes a number above 0`
 * @returns a copy
 * @throws TypeError or RangeError for what is no range
 */
export function rangesFrom(json: unknown, where: string): SearchRanges {
  if (!isPlain(json) || Object.keys(json).length === 0) throw unfit(json, words, where);
  const entries = Object.entries(json);
  return Object.fromEntries(
    entries.map(([key, each]) => [key, rangeFrom(each, `${where}.${key}`)]),
  );
}

/** What the option `ranges` of every search takes. */
export const rangesTaken: Takes<SearchRanges> = { text: words, check: rangesFrom };
