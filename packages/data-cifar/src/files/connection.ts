import { bytes } from './errors.ts';

/** Less than this is no progress: a server that gives a byte an attempt must not be asked for ever. */
export const PROGRESS_BYTES: number = 64 * 1024;
const MAX_REDIRECTS = 10;

/** A failed attempt that another one may mend. */
export class BrokenConnection extends Error {
  /** Milliseconds that the server asked to wait for. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options?: ErrorOptions & { retryAfter?: number | undefined }) {
    super(message, options);
    this.retryAfter = options?.retryAfter;
  }
}

/** An answer that no other attempt will mend. */
export class BadRedirect extends Error {}

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

/**
 * Asks for an address, and for the next one where the answer leads on.
 *
 * @throws BadRedirect where it leads in a circle, to no address, or to one that is not http or https.
 */
export async function follow(
  url: string,
  headers: Record<string, string>,
  watchdog: Watchdog,
): Promise<Response> {
  let at = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const request = fetch(at, { headers, signal: watchdog.signal, redirect: 'manual' });
    const response = await watchdog.guard(request);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    const next = URL.canParse(location, at) ? new URL(location, at) : undefined;
    if (!next || !['http:', 'https:'].includes(next.protocol)) {
      throw new BadRedirect(`redirects to '${location}', which is no http or https address`);
    }
    at = next.href;
  }
  throw new BadRedirect(`redirects more than ${MAX_REDIRECTS} times`);
}

/** fetch says no more than 'fetch failed'; the reason is its cause. */
function networkMessage(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error
    ? `${message} (${cause.message || (cause as { code?: string }).code})`
    : message;
}
