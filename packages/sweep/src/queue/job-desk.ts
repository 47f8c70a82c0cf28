import type { Job as BullJob } from 'bullmq';
import type { Job, RunJob } from './job-data.ts';
import type { StopReason, Verdict } from './make-run.ts';
import type { QueueParts } from './queue-parts.ts';
import { type EndedRun, noteEnded } from './study-entry.ts';
import { farewell, waitAtMost } from './wait-at-most.ts';
import type { WorkerEvent } from './worker-options.ts';

/** For how long a job of a paused study sleeps at most, in milliseconds; it is woken when the study is continued. */
const nap = 3_600_000;
/** After how long a job that is left to others may come again for the first time, in milliseconds; each further time it doubles. */
const firstLeave = 1000;

/** What a worker tells of itself to those who part with its jobs. */
interface DeskWorker {
  readonly name: string;
  /** For how long a job that is left to others stays away at most, in milliseconds. */
  readonly leave: number;
  readonly isStopping: () => boolean;
  readonly tell: (event: WorkerEvent) => void;
  /** Says what goes wrong with the queue. */
  readonly complain: (message: string) => void;
}

/**
 * How a worker parts with a job that it took off the queue: completes it as failed, gives it back, leaves it to others or sets
 * it aside. BullMQ is told by an error, so that most of these only throw.
 */
export class JobDesk {
  readonly #queue: QueueParts;
  readonly #worker: DeskWorker;
  /** How often jobs were left to others. */
  readonly #left = new Map<string, number>();

  constructor(queue: QueueParts, worker: DeskWorker) {
    this.#queue = queue;
    this.#worker = worker;
  }

  /** Says to the queue what became of a job that is not complete: by an error, which is BullMQ's way. */
  async settle(
    job: BullJob<RunJob>,
    token: string,
    verdict: Exclude<Verdict, { kind: 'done' }>,
  ): Promise<never> {
    const { UnrecoverableError, WaitingError } = this.#queue.libraries.bullmq;
    const { study, run } = job.data;
    const attempt = verdict.attempt === undefined ? {} : { attempt: verdict.attempt };
    const about = { study, run, ...attempt };
    switch (verdict.kind) {
      case 'lost':
        this.#worker.tell({
          kind: 'lost',
          ...about,
          message: `${verdict.message}; its process is ended`,
        });
        // The job is no longer this worker's: nothing is said of it.
        throw new WaitingError();
      case 'failed': {
        const message = this.#queue.safe(verdict.message);
        await this.note(job, { kind: 'failed', message, ...attempt });
        this.#worker.tell({ kind: 'failed', ...about, message });
        throw new UnrecoverableError(message);
      }
      case 'retry': {
        const message = this.#queue.safe(verdict.message);
        const { attemptsMade, opts } = job;
        const all = opts.attempts ?? 1;
        const last = attemptsMade + 1 >= all;
        if (last) await this.note(job, { kind: 'failed', message, ...attempt });
        this.#worker.tell({
          kind: last ? 'failed' : 'retried',
          ...about,
          message: `${attemptsMade + 1} of ${all}: ${message}`,
        });
        throw new Error(message);
      }
      case 'stopped':
        break;
    }
    const { reason } = verdict;
    // The study may be wanted again since: paused and continued, or cancelled and enqueued anew.
    const still = reason === 'worker' ? reason : await this.standing(job);
    if (still) return this.#stopped(job, token, still, about);
    this.#worker.tell({ kind: 'given-back', ...about, message: 'given back: its study goes on' });
    return this.giveBack(job, token);
  }

  async #stopped(
    job: BullJob<RunJob>,
    token: string,
    reason: StopReason,
    about: { study: string; run: string; attempt?: number },
  ): Promise<never> {
    const { UnrecoverableError } = this.#queue.libraries.bullmq;
    switch (reason) {
      case 'worker':
        this.#worker.tell({
          kind: 'given-back',
          ...about,
          message: this.#worker.isStopping() ? 'given back, since the worker ends' : 'given back',
        });
        return this.giveBack(job, token);
      case 'pause':
        this.#worker.tell({
          kind: 'given-back',
          ...about,
          message: 'set aside: its study is paused',
        });
        return this.#park(job, token);
      case 'cancel':
        await this.note(job, { kind: 'cancelled', message: 'its study was cancelled' });
        this.#worker.tell({ kind: 'cancelled', ...about, message: 'its study was cancelled' });
        throw new UnrecoverableError('its study was cancelled');
      case 'edited':
        this.#worker.tell({ kind: 'cancelled', ...about, message: 'the study was edited' });
        throw new UnrecoverableError('the study was edited: this run is no longer a part of it');
      case 'gone':
        break;
    }
    const why =
      'Redis has nothing of its study any more: it was removed or lost; put on the queue again, the run goes on from its last snapshot';
    this.#worker.tell({ kind: 'lost', ...about, message: why });
    throw new UnrecoverableError(why);
  }

  /** Puts a job back where anybody may take it at once. */
  async giveBack(job: BullJob<Job>, token: string): Promise<never> {
    const moved = job
      .moveToWait(token)
      .catch((error: unknown) => this.#worker.complain((error as Error).message));
    await (this.#worker.isStopping() ? waitAtMost(moved, farewell) : moved);
    throw new this.#queue.libraries.bullmq.WaitingError();
  }

  /** Leaves a job that this worker cannot make to those who can; it comes again later and later. */
  async leaveToOthers(job: BullJob<Job>, token: string, why: string): Promise<never> {
    const { study, run } = (job.data ?? {}) as Partial<RunJob>;
    const times = this.#left.get(job.id!) ?? 0;
    if (this.#left.size > 10_000) this.#left.clear();
    this.#left.set(job.id!, times + 1);
    if (times === 0) {
      this.#worker.tell({
        kind: 'left',
        message: `${run === undefined ? `${job.id}: ` : ''}${why}`,
        ...(study !== undefined && { study }),
        ...(run !== undefined && { run }),
      });
    }
    // One that fits may be free: it is not kept waiting for long, unless it seems that there is none.
    const wait = Math.min(this.#worker.leave, firstLeave * 2 ** Math.min(times, 10));
    await job.moveToDelayed(Date.now() + wait, token);
    throw new this.#queue.libraries.bullmq.DelayedError();
  }

  /** Sets a job aside until its study is continued. */
  async #park(job: BullJob<RunJob>, token: string): Promise<never> {
    const { client, keys, libraries } = this.#queue;
    const { study } = job.data;
    await client.sadd(keys.parked(study), job.id!);
    await job.moveToDelayed(Date.now() + nap, token);
    // It may have been continued in between, and not seen this one asleep.
    if ((await client.hget(keys.study(study), 'state')) !== 'paused') {
      await client.srem(keys.parked(study), job.id!);
      await job.promote().catch(() => {});
    }
    throw new libraries.bullmq.DelayedError();
  }

  /** Writes into the study how a run ended. */
  async note(
    job: BullJob<RunJob>,
    what: Omit<EndedRun, 'digest' | 'at' | 'untilEpoch'>,
  ): Promise<void> {
    const { study, run, digest, untilEpoch } = job.data;
    const ended: EndedRun = {
      worker: this.#worker.name,
      failures: job.attemptsMade + (what.kind === 'failed' ? 1 : 0),
      starts: job.attemptsStarted,
      ...what,
      digest,
      at: new Date().toISOString(),
      ...(untilEpoch !== undefined && { untilEpoch }),
    };
    await noteEnded(this.#queue, study, { [run]: ended });
  }

  /** @returns why a job is not to be made */
  async standing({ data }: BullJob<RunJob>): Promise<StopReason | undefined> {
    const { client, keys } = this.#queue;
    const [state, digest] = await Promise.all([
      client.hget(keys.study(data.study), 'state'),
      client.hget(keys.digests(data.study), data.run),
    ]);
    if (state === null) return 'gone';
    if (state === 'paused') return 'pause';
    if (state === 'cancelled') return 'cancel';
    return digest === data.digest ? undefined : 'edited';
  }
}
