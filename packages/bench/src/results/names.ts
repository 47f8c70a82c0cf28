// What results are called, in tables, charts, comparisons and histories.
import type { AccuracyResult } from '../measure/accuracy.ts';
import type { MemoryResult } from '../measure/memory.ts';
import type { BenchResult } from '../measure/result.ts';
import { count } from '../page/format.ts';
import type { AnyResult } from './any-result.ts';
import { makingWords, unusualMaking } from './making.ts';
import { networkOf } from './network.ts';
import { waysOf } from './ways.ts';

/** How results are called, so that those of different things have different names. */
export interface Names {
  /** A network: its name, its width where that is not 1, and of its making what tells it apart. */
  readonly network: (result: AnyResult) => string;
  /** What a result measures, as {@link titleOf} says it, of the network as above. */
  readonly title: (result: AnyResult) => string;
}

/** The {@link Names} of results beside each other: they say in what the making of these networks differs. */
export function namesAmong(results: readonly AnyResult[]): Names {
  return namesBy(makingWords(results));
}

/** The {@link Names} of what is followed over time, where others may come and go: each follows from one result alone. */
export const lastingNames: Names = namesBy(unusualMaking);

function namesBy(made: (result: AnyResult) => readonly string[]): Names {
  const network = (result: AnyResult): string => [networkOf(result), ...made(result)].join(', ');
  return { network, title: (result) => titled(result, network(result)) };
}

/** What a result measures, in words: the network and, where it matters, how. */
export function titleOf(result: AnyResult): string {
  return titled(result, networkOf(result));
}

function titled(result: AnyResult, network: string): string {
  return [network, ...measureOf(result), ...waysOf(result)].join(', ');
}

function measureOf(result: AnyResult): string[] {
  if (result.kind === 'time' || result.kind === 'memory') {
    const threads = result.threads === null ? [] : [counted(result.threads, 'thread')];
    return [result.mode, placeOf(result), ...threads, `batch ${result.batch}`];
  }
  return result.kind === 'accuracy' ? [dataOf(result)] : [];
}

/** What tells results apart that measure different things; width 1 and one that is not known are alike here. */
export function keyOf(result: AnyResult): string {
  const { kind, classes = null, size = null, strides = null } = result;
  return JSON.stringify([kind, titleOf(result), classes, size, strides]);
}

/** `1 thread`, `2 threads` */
export function counted(n: number, word: string): string {
  return `${count(n)} ${word}${n === 1 ? '' : 's'}`;
}

/** Where a result was computed, such as `mnet:wasm`. */
export function placeOf({ on, backend }: BenchResult | MemoryResult): string {
  return on ?? backend;
}

/** What an accuracy is of: the data set and, where it is known, the part. */
export function dataOf({ dataset, part }: AccuracyResult): string {
  return part === undefined ? dataset : `${dataset}, ${part}`;
}
