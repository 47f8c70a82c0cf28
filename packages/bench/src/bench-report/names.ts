import { networkOf, titleOf } from '../results/names.ts';
import type { AnyResult } from '../results/any-result.ts';

/** How charts call the network of a result. */
export type NetworkName = (result: AnyResult) => string;

/**
 * How charts call networks: by their names, with the width where that is not 1; one by its path by the folder's name, where no
 * other has the same.
 */
export function networkNames(results: readonly AnyResult[]): NetworkName {
  const all = new Set(results.map(networkOf));
  const counts = new Map<string, number>();
  for (const name of all) counts.set(short(name), (counts.get(short(name)) ?? 0) + 1);
  return (result) => {
    const name = networkOf(result);
    return (counts.get(short(name)) ?? 0) > 1 ? name : short(name);
  };
}

/** `runs/pets/model/model.json` as `pets`. */
function short(name: string): string {
  const folders = name.replace(/([/\\]model)?([/\\]model\.json)?[/\\]*$/, '').split(/[/\\]/);
  return folders.at(-1) || name;
}

/** Of results that measure the same thing, the last. */
export function lastOfEach<R extends AnyResult>(results: readonly R[]): R[] {
  const found = new Map<string, R>();
  for (const result of results) {
    const { kind, size, classes, strides } = result;
    found.set(JSON.stringify([kind, titleOf(result), size, classes, strides]), result);
  }
  return [...found.values()];
}
