import { WeightsError } from './weights-error.ts';

/** Bytes that must come within `stallTimeout`; what comes slower counts as broken. */
const PROGRESS_BYTES = 64 * 1024;

/** What a timer can count to; a longer one would fire at once. */
const MAX_TIMER = 2 ** 31 - 1;

/** A fault that another attempt may mend. */
export class PassingFault extends WeightsError {}

/** What a {@link Watchdog} ended; its cause is only the abort. */
export class TooSlow extends Error {}

/**
 * Ends a request that is too slow: the head of the answer, and each 64 KiB of its body after that, have `stallTimeout`
 * milliseconds to come. Only time in which the network is waited for counts.
 */
export class Watchdog {
  private readonly timeout: number;
  private readonly stalled: AbortController = new AbortController();
  private left: number;
  private came = 0;
  /** Ends the request, also where the caller's signal does. */
  readonly signal: AbortSignal;

  constructor(stallTimeout: number, signal: AbortSignal | undefined) {
    this.timeout = stallTimeout;
    this.left = stallTimeout;
    this.signal = AbortSignal.any(signal ? [signal, this.stalled.signal] : [this.stalled.signal]);
  }

  /** Waits for the network. Where it broke because it was slow, the error says so; others come as they are. */
  async guard<T>(waiting: Promise<T>): Promise<T> {
    const start = performance.now();
    const timer = setTimeout(
      () => this.stalled.abort(),
      Math.min(MAX_TIMER, Math.max(1, this.left)),
    );
    try {
      return await waiting;
    } catch (error) {
      if (!this.stalled.signal.aborted) throw error;
      const what = this.came === 0 ? 'nothing' : `no more than ${this.came} bytes`;
      throw new TooSlow(`${what} came for ${this.timeout / 1000} s`, { cause: error });
    } finally {
      clearTimeout(timer);
      this.left -= performance.now() - start;
    }
  }

  /** Counts what came; with enough of it, the time begins anew. */
  count(size: number): void {
    this.came += size;
    if (this.came >= PROGRESS_BYTES) this.restart();
  }

  restart(): void {
    this.came = 0;
    this.left = this.timeout;
  }
}

/** Waits so many milliseconds, or until the signal is aborted, and then throws its reason. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done);
  });
  signal?.throwIfAborted();
}
