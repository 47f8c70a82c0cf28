import type { Runtime } from './runtime.ts';

/** Copies words of four bytes from one place of the memory to another that it does not overlap. */
export function copyWords(runtime: Runtime, from: number, to: number, words: number): void {
  runtime.launch('repeatRow', 1, { row: from, out: to, size: words, times: 1 });
}
