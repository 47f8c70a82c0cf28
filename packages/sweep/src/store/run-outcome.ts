import { integerFrom, oneOf, show } from '@mnet/core/check';
import { isSha256 } from './file-list.ts';
import type { RunOutcome } from './run-archive.ts';
import { StoreError } from './store-error.ts';

/** @throws Error that says what an outcome takes */
export function checkOutcome(outcome: Partial<RunOutcome>): asserts outcome is RunOutcome {
  const { kind, message, attempt, worker, weights } = outcome;
  oneOf(kind, ['complete', 'failed'], 'kind');
  integerFrom(attempt, 1, 'attempt');
  if (typeof worker !== 'string') throw new TypeError(`worker: got ${show(worker)}, takes a text`);
  if (message !== undefined && typeof message !== 'string') {
    throw new TypeError(`message: got ${show(message)}, takes a text`);
  }
  if (weights !== undefined && !isSha256(weights)) {
    throw new TypeError(`weights: got ${show(weights)}, takes a SHA-256 of 64 hexadecimal digits`);
  }
}

/** Reads an outcome. @throws StoreError where it is none: nothing may be written over it */
export function decodeOutcome(content: Uint8Array, where: string): RunOutcome {
  try {
    const outcome = JSON.parse(new TextDecoder().decode(content)) as Partial<RunOutcome>;
    checkOutcome(outcome);
    return outcome;
  } catch (cause) {
    const what = `is no outcome of a run: ${(cause as Error).message}. Remove it, and the run is made anew`;
    throw new StoreError('damaged', where, what, { cause, retriable: false });
  }
}
