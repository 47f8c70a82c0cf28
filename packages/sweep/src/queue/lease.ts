import { pause } from '@mnet/core/files';
import type { Job } from 'bullmq';

/** Why a run was let go of: its worker cannot be sure any more that no other has it. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** How long a lease lasts, and how often it is renewed; in milliseconds. */
export interface LeaseTimes {
  readonly lease: number;
  readonly renewal: number;
}

/**
 * A worker's hold on a job: BullMQ's lock, which ends by itself in Redis, and which this renews. It counts as lost when Redis says so,
 * and when it was not renewed for as long as it lasts by this machine's own clocks, counted from when the renewal was *asked*: Redis began
 * to count later. So it is lost here before it is free there, whatever became of the network, of Redis or of this process.
 */
export class Lease {
  /** Aborted, with a {@link LeaseLost}, when it is lost. */
  readonly lost: AbortSignal;
  readonly #job: Job;
  readonly #token: string;
  readonly #times: LeaseTimes;
  readonly #controller = new AbortController();
  readonly #onRenewed: (until: number) => void;
  #asked = clocks();
  #renewals: ReturnType<typeof setInterval> | undefined;
  #end: ReturnType<typeof setTimeout> | undefined;
  #pending = false;

  private constructor(
    job: Job,
    token: string,
    times: LeaseTimes,
    onRenewed: (milliseconds: number) => void,
  ) {
    this.#job = job;
    this.#token = token;
    this.#times = times;
    this.#onRenewed = onRenewed;
    this.lost = this.#controller.signal;
  }

  /**
   * Takes the lease of a job that was just fetched.
   *
   * @param onRenewed is told for how long it lasts from then, in milliseconds
   * @throws LeaseLost where the job is no longer this worker's
   */
  static async take(
    job: Job,
    token: string,
    times: LeaseTimes,
    onRenewed: (milliseconds: number) => void = () => {},
  ): Promise<Lease> {
    const lease = new Lease(job, token, times, onRenewed);
    // When Redis began to count is not known, since the job may have come late: it begins anew.
    await lease.confirm();
    lease.#renewals = setInterval(() => void lease.#renew(), times.renewal);
    return lease;
  }

  /** For how long it lasts still, in milliseconds; 0 where it is lost. */
  get remaining(): number {
    if (this.lost.aborted) return 0;
    const { steady, wall } = clocks();
    // A machine that slept has not moved its steady clock, one whose time was set has moved the other.
    const since = Math.max(steady - this.#asked.steady, wall - this.#asked.wall);
    return Math.max(0, this.#times.lease - since);
  }

  /** @throws LeaseLost where it is lost by the clock */
  check(): void {
    if (this.remaining === 0) this.#lose('it was not renewed in time');
    this.lost.throwIfAborted();
  }

  /** Renews it now, and waits until that is answered. @throws LeaseLost */
  async confirm(): Promise<void> {
    this.check();
    if (this.#end === undefined) this.#watch();
    let heard = (): void => {};
    const late = new Promise<true>((resolve) => {
      heard = () => resolve(true);
      this.lost.addEventListener('abort', heard, { once: true });
    });
    try {
      while (!(await Promise.race([this.#extend(), late]))) {
        // Redis answered that it cannot answer yet.
        await pause(Math.min(this.#times.renewal, 250));
        this.check();
      }
    } finally {
      this.lost.removeEventListener('abort', heard);
    }
    this.check();
  }

  /** Renews it no more. */
  close(): void {
    clearInterval(this.#renewals);
    clearTimeout(this.#end);
  }

  async #renew(): Promise<void> {
    // One that is not answered yet will be, or the clock ends it.
    if (this.#pending || this.lost.aborted) return;
    this.#pending = true;
    await this.#extend();
    this.#pending = false;
  }

  /** @returns whether it was answered */
  async #extend(): Promise<boolean> {
    const asked = clocks();
    let held: unknown;
    try {
      held = await this.#job.extendLock(this.#token, this.#times.lease);
    } catch {
      // Redis is away, or starts up; it is asked again.
      return false;
    }
    if (this.lost.aborted) return true;
    if (held !== 1) {
      this.#lose('Redis has given it to another worker, or has lost it');
      return true;
    }
    this.#asked = asked;
    const { remaining } = this;
    if (remaining === 0) {
      this.#lose('it was not renewed in time');
      return true;
    }
    this.#watch();
    this.#onRenewed(remaining);
    return true;
  }

  #watch(): void {
    clearTimeout(this.#end);
    this.#end = setTimeout(() => {
      if (this.remaining === 0) this.#lose('it was not renewed in time');
      else this.#watch();
    }, this.remaining);
  }

  #lose(why: string): void {
    this.close();
    if (this.lost.aborted) return;
    this.#controller.abort(new LeaseLost(`the lease is lost: ${why}`));
  }
}

function clocks(): { steady: number; wall: number } {
  return { steady: performance.now(), wall: Date.now() };
}
