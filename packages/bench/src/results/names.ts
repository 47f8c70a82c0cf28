// What results are called, in tables, charts, comparisons and histories.
import type { MemoryResult } from '../measure/memory.ts';
import type { BenchResult } from '../measure/result.ts';
import { count } from '../page/format.ts';
import type { AnyResult } from './any-result.ts';

/** What a result measures, in words: the network and, where it matters, how. */
export function titleOf(result: AnyResult): string {
  const network = networkOf(result);
  if (result.kind === 'time' || result.kind === 'memory') {
    const threads = result.threads === null ? [] : [counted(result.threads, 'thread')];
    return [network, result.mode, placeOf(result), ...threads, `batch ${result.batch}`].join(', ');
  }
  if (result.kind === 'accuracy') {
    return [network, result.dataset, ...(result.part === undefined ? [] : [result.part])].join(
      ', ',
    );
  }
  return network;
}

/** A network's name, with its width where that is not 1. */
export function networkOf({ model, width }: AnyResult): string {
  return width == null || width === 1 ? model : `${model} ×${width}`;
}

/** `1 thread`, `2 threads` */
export function counted(n: number, word: string): string {
  return `${count(n)} ${word}${n === 1 ? '' : 's'}`;
}

/** Where a result was computed, such as `mnet:wasm`. */
export function placeOf({ on, backend }: BenchResult | MemoryResult): string {
  return on ?? backend;
}
