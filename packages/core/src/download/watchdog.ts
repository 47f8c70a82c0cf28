import { bytes } from '../files/errors.ts';
import { BrokenConnection } from './broken-connection.ts';

/** Less than this is no progress: a server that gives a byte an attempt must not be asked for ever. */
export const PROGRESS_BYTES: number = 64 * 1024;

/**
 * Ends a request when it is too slow, or the caller wants it: the head of the answer, and each
 * {@link PROGRESS_BYTES} of its body after that, have `stallTimeout` milliseconds to come. Only time in which the
 * network is waited for counts.
 */
export class Watchdog {
  private readonly timeout: number;
  private readonly stalled: AbortController = new AbortController();
  private left: number;
  private came = 0;
  readonly signal: AbortSignal;

  constructor(stallTimeout: number, signal: AbortSignal | undefined) {
    this.timeout = stallTimeout;
    this.left = stallTimeout;
    this.signal = AbortSignal.any(signal ? [signal, this.stalled.signal] : [this.stalled.signal]);
  }

  /** Waits for the network; what breaks there is a {@link BrokenConnection}. */
  async guard<T>(waiting: Promise<T>): Promise<T> {
    const start = performance.now();
    const timer = setTimeout(() => this.stalled.abort(), Math.max(1, this.left));
    try {
      return await waiting;
    } catch (error) {
      if (this.stalled.signal.aborted) {
        const what = this.came === 0 ? 'nothing' : `no more than ${bytes(this.came)}`;
        throw new BrokenConnection(`${what} came for ${this.timeout / 1000} s`, { cause: error });
      }
      throw new BrokenConnection(networkMessage(error), { cause: error });
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

  /** Lets the connection go; without effect on a body that was read to its end. */
  stop(): void {
    this.stalled.abort();
  }
}

/** fetch says no more than 'fetch failed'; the reason is its cause. */
function networkMessage(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error
    ? `${message} (${cause.message || (cause as { code?: string }).code})`
    : message;
}
