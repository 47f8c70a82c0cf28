import type { MemoryResult } from '../measure/memory.ts';
import type { BenchResult } from '../measure/result.ts';
import type { AnyResult } from '../results/any-result.ts';
import { makingWords } from '../results/making.ts';
import { counted, keyOf, placeOf } from '../results/names.ts';
import { networkOf } from '../results/network.ts';
import { several } from '../results/several.ts';
import { waysOf } from '../results/ways.ts';

/** How charts call the network of a result. */
export type NetworkName = (result: AnyResult) => string;

/**
 * How charts call networks: by their names, with the width where that is not 1; one by its path by the folder's name, where no
 * other has the same; and by what tells their making apart.
 */
export function networkNames(results: readonly AnyResult[]): NetworkName {
  const made = makingWords(results);
  const all = new Set(results.map(networkOf));
  const counts = new Map<string, number>();
  for (const name of all) counts.set(short(name), (counts.get(short(name)) ?? 0) + 1);
  return (result) => {
    const name = networkOf(result);
    const called = (counts.get(short(name)) ?? 0) > 1 ? name : short(name);
    return [called, ...made(result)].join(', ');
  };
}

/** `runs/pets/model/model.json` as `pets`. */
function short(name: string): string {
  const folders = name.replace(/([/\\]model)?([/\\]model\.json)?[/\\]*$/, '').split(/[/\\]/);
  return folders.at(-1) || name;
}

/**
 * How charts tell where results were computed and how: the backend, with its threads where one has several counts of them, and what
 * was not as by default.
 */
export function placeNames(
  results: readonly (BenchResult | MemoryResult)[],
): (result: BenchResult | MemoryResult) => string {
  const threads = new Map<string, (number | null)[]>();
  for (const result of results) {
    const place = placeOf(result);
    threads.set(place, [...(threads.get(place) ?? []), result.threads]);
  }
  return (result) => {
    const place = placeOf(result);
    const counts =
      result.threads !== null && several(threads.get(place) ?? [])
        ? [counted(result.threads, 'thread')]
        : [];
    return [place, ...counts, ...waysOf(result)].join(', ');
  };
}

/** Of results that measure the same thing, the last. */
export function lastOfEach<R extends AnyResult>(results: readonly R[]): R[] {
  return [...new Map(results.map((result) => [keyOf(result), result])).values()];
}
