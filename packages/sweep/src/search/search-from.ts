import { ashaFrom } from './asha/asha.ts';
import type { Source } from './new-search.ts';
import { randomSearchFrom } from './random-search.ts';
import type { Search } from './search.ts';
import { onlyKey } from './space/plain.ts';
import { tpeFrom } from './tpe/tpe.ts';

const searches = {
  randomSearch: randomSearchFrom,
  asha: ashaFrom,
  tpe: tpeFrom,
} satisfies Record<string, (given: unknown, source: Source) => Search>;
const names = Object.keys(searches) as (keyof typeof searches)[];

const words = `an object with one of ${names.join(', ')} and its options`;

/**
 * Reads a search from JSON: what its `describe()` gives, or what a user has written, which may leave out defaults, such as
 * `{ "asha": { "ranges": { "lr": { "logUniform": [0.001, 1] } }, "trials": 32, "maxEpochs": 16 } }`.
 *
 * @param where names it in errors, such as `search`: `search.asha.trials: got 0, takes a whole number from 1`
 * @throws TypeError or RangeError for what is no search, and for options that it does not take
 */
export function searchFrom(json: unknown, where: string): Search {
  const { key, value } = onlyKey(json, names, words, where);
  const argument = `${where}.${key}`;
  return searches[key](value, { where: argument, prefix: `${argument}.` });
}
