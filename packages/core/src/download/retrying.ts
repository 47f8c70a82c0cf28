import { pause } from '../files/pause.ts';
import { BrokenConnection } from './broken-connection.ts';
import { PROGRESS_BYTES } from './watchdog.ts';

const MAX_DELAY = 30_000;

/** What is tried until it is done. */
export interface Attempts {
  readonly retries: number;
  readonly retryDelay: number;
  readonly signal: AbortSignal | undefined;
  /** One try; a {@link BrokenConnection} is followed by another. */
  attempt(): Promise<void>;
  /** Bytes that need not be fetched again. */
  kept(): number | Promise<number>;
  /** Told before each wait. */
  onRetry(error: Error, delay: number, kept: number): void;
  /** The error of the last failure in a row. */
  gaveUp(error: Error, failures: number, kept: number): Error;
}

/** Tries until it is done, with longer and longer waits; attempts that made progress do not count. */
export async function retrying(attempts: Attempts): Promise<void> {
  const { retries, retryDelay, signal } = attempts;
  let furthest = await attempts.kept();
  let failures = 0;
  for (;;) {
    try {
      await attempts.attempt();
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof BrokenConnection)) throw error;
      const kept = await attempts.kept();
      if (kept >= furthest + PROGRESS_BYTES) failures = 0;
      furthest = Math.max(furthest, kept);
      if (++failures > retries) throw attempts.gaveUp(error, failures, kept);
      const backOff = Math.min(MAX_DELAY, retryDelay * 2 ** (failures - 1));
      const delay = Math.max(backOff, Math.min(MAX_DELAY, error.retryAfter ?? 0));
      attempts.onRetry(error, delay, kept);
      await pause(delay, signal);
    }
  }
}
