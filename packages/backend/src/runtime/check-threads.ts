import { Layout } from './layout.ts';

/** Throws unless so many threads can be asked for. */
export function checkThreads(threads: number): void {
  if (!Number.isInteger(threads) || threads < 1 || threads > Layout.maxThreads) {
    throw new RangeError(
      `threads: got ${threads}, takes a whole number from 1 to ${Layout.maxThreads}`,
    );
  }
}
