import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Job as BullJob, Worker } from 'bullmq';
import {
  type GateJob,
  type Job,
  jobFormat,
  known,
  type RunJob,
  type RunResult,
} from './job-data.ts';
import { Lease, type LeaseTimes } from './lease.ts';
import { makeRun, type RunContext, type StopReason, type Verdict } from './make-run.ts';
import { NeededRuns } from './needed-runs.ts';
import { ownFolder, removeFolder } from './own-folder.ts';
import { passGate } from './pass-gate.ts';
import { type QueueParts, partsOf } from './queue-parts.ts';
import type { RunQueue } from './run-queue.ts';
import { storePlace } from './store-notes.ts';
import { type EndedRun, noteEnded } from './study-entry.ts';
import {
  type QueueWorker,
  type WorkerEvent,
  type WorkerInfo,
  type WorkerOptions,
  type WorkerParts,
} from './worker-options.ts';
import { hideWorker, showWorker } from './worker-registry.ts';
import { type WorkerSettings, workerSettings } from './worker-settings.ts';

/** For how long a job of a paused study sleeps at most, in milliseconds; it is woken when the study is continued. */
const nap = 3_600_000;
/** After how long a job that is left to others may come again for the first time, in milliseconds; each further time it doubles. */
const firstLeave = 1000;
/** For how long a worker that ends waits for a queue that is away, in milliseconds. */
const farewell = 5000;

/**
 * Takes runs off a queue and makes them, until it is stopped.
 *
 * A job is held by a lease ({@link WorkerOptions}, `lease`). A worker that could not renew it ends the run's process before anything else, and
 * says so; the job goes to whoever takes it next, from the newest snapshot. So no run has two workers at once. The outcome is written to
 * the store first, once, then the job is complete; a job whose run has an outcome is complete without being made again.
 */
export async function startWorker(
  queue: RunQueue,
  parts: WorkerParts,
  { onEvent, ...given }: WorkerOptions = {},
): Promise<QueueWorker> {
  const worker = new RunWorker(partsOf(queue), parts, given, onEvent);
  await worker.start();
  return worker;
}

interface Held {
  readonly job: BullJob<RunJob>;
  readonly stop: AbortController;
}

class RunWorker implements QueueWorker {
  readonly id = crypto.randomUUID();
  readonly name: string;
  readonly ended: Promise<void>;
  readonly #queue: QueueParts;
  readonly #parts: WorkerParts;
  readonly #options: WorkerSettings;
  readonly #times: LeaseTimes;
  readonly #onEvent: ((event: WorkerEvent) => void) | undefined;
  /** A job twice, where one attempt still ends while the next has begun. */
  readonly #held = new Set<Held>();
  readonly #started = new Date().toISOString();
  readonly #killed = new AbortController();
  #context: RunContext | undefined;
  #storeId = '';
  #bull: Worker<Job> | undefined;
  #ticks: ReturnType<typeof setInterval> | undefined;
  /** The tick under way. */
  #ticking: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #end: () => void = () => {};
  #said = new Map<string, number>();
  /** How often jobs were left to others. */
  readonly #left = new Map<string, number>();

  constructor(
    queue: QueueParts,
    parts: WorkerParts,
    given: unknown,
    onEvent: ((event: WorkerEvent) => void) | undefined,
  ) {
    this.#queue = queue;
    this.#parts = parts;
    this.#options = workerSettings(given);
    this.#onEvent = onEvent;
    const { lease, renewal } = this.#options;
    this.#times = { lease, renewal };
    this.name = this.#options.name;
    this.ended = new Promise((end) => (this.#end = end));
  }

  async start(): Promise<void> {
    const { slots, threads, lease, check, deaths, progress, grace } = this.#options;
    this.#storeId = (await storePlace(this.#parts.store)).id;
    const folder = await ownFolder(this.#parts.scratch, this.id);
    const { Worker: BullWorker } = this.#queue.libraries.bullmq;
    this.#context = {
      parts: this.#parts,
      times: this.#times,
      threads,
      deaths,
      progress,
      grace,
      worker: this.name,
      folder,
      killed: this.#killed.signal,
      needed: new NeededRuns(join(this.#parts.scratch, 'needed'), this.#parts.archive),
      tell: (event) => this.#tell(event),
    };
    const bull = new BullWorker<Job>(this.#queue.name, (job, token) => this.#work(job, token!), {
      connection: this.#queue.client,
      prefix: this.#queue.prefix,
      autorun: false,
      name: this.name,
      concurrency: slots,
      lockDuration: lease,
      // A lease is renewed here, where it is known when that was asked.
      skipLockRenewal: true,
      stalledInterval: check,
      // A worker may die of what is no fault of the run; runs that kill are counted in the store.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      drainDelay: 2,
      runRetryDelay: 1000,
    });
    bull.on('error', (error) => this.#complain(error.message));
    bull.on('stalled', (id) =>
      this.#tell({ kind: 'note', message: `took ${id} back from a worker that was not heard of` }),
    );
    this.#bull = bull;
    await bull.waitUntilReady();
    await this.#tick();
    this.#ticks = setInterval(() => void this.#tick(), this.#options.poll);
    bull.run().catch((error: unknown) => this.#complain((error as Error).message));
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#leave();
    return this.#stopping;
  }

  kill(): void {
    clearInterval(this.#ticks);
    this.#killed.abort();
    this.#bull?.close(true).catch(() => {});
    this.#end();
  }

  async #leave(): Promise<void> {
    // From here on no job is fetched; one that was is given back at once.
    const closing = this.#bull!.close();
    for (const { stop } of this.#held) stop.abort('worker' satisfies StopReason);
    const { grace } = this.#options;
    await within(closing, grace + 2 * farewell);
    clearInterval(this.#ticks);
    // A tick that is under way would show the worker again.
    if (this.#ticking) await within(this.#ticking, farewell);
    await within(hideWorker(this.#queue, this.id), farewell);
    await removeFolder(this.#context!.folder).catch(() => {});
    this.#end();
  }

  async #work(job: BullJob<Job>, token: string): Promise<RunResult | undefined> {
    const { data } = job;
    if (this.#stopping) return this.#giveBack(job, token);
    if (!known(data)) {
      const { format } = (data ?? {}) as { format?: unknown };
      const why = `its job is of format ${String(format)}, this worker knows ${jobFormat}: it is left to newer workers`;
      return this.#leaveToOthers(job, token, why);
    }
    if (data.store.id !== this.#storeId) {
      const why = `its runs are kept in ${data.store.place}, this worker has ${this.#parts.store.place}: it is left to others`;
      return this.#leaveToOthers(job, token, why);
    }
    if (data.kind === 'then') return this.#gate(job as BullJob<GateJob>, token, data);
    return this.#run(job as BullJob<RunJob>, token);
  }

  async #gate(job: BullJob<GateJob>, token: string, data: GateJob): Promise<undefined> {
    const lease = await Lease.take(job, token, this.#times);
    try {
      const { added, skipped } = await passGate(this.#queue, data);
      if (skipped.length > 0) {
        const message = `skipped, since they need '${data.run}': ${skipped.join(', ')}`;
        this.#tell({ kind: 'note', study: data.study, run: data.run, message });
      }
      if (added.length > 0) {
        const message = `can begin now: ${added.join(', ')}`;
        this.#tell({ kind: 'note', study: data.study, run: data.run, message });
      }
      return undefined;
    } catch (error) {
      // Without its cause: that of a client holds what it was called with.
      // oxlint-disable-next-line preserve-caught-error
      throw new Error(this.#queue.safe((error as Error).message));
    } finally {
      lease.close();
    }
  }

  async #run(job: BullJob<RunJob>, token: string): Promise<RunResult | undefined> {
    const { data } = job;
    const { study, run, planned } = data;
    const program = this.#parts.program(planned.program);
    if (!program) {
      const why = `its program '${planned.program}' is not known here: it is left to others`;
      return this.#leaveToOthers(job, token, why);
    }
    const refusal = this.#parts.accepts?.(data);
    if (refusal !== undefined) return this.#leaveToOthers(job, token, refusal);
    const reason = await this.#standing(job);
    if (reason) return this.#settle(job, token, { kind: 'stopped', reason });

    const stop = new AbortController();
    const held: Held = { job, stop };
    this.#held.add(held);
    // It may have been told to end while it asked.
    if (this.#stopping) stop.abort('worker' satisfies StopReason);
    let verdict: Verdict;
    try {
      verdict = await makeRun(this.#context!, job, token, stop.signal);
    } catch (error) {
      verdict = { kind: 'retry', message: (error as Error).message };
    } finally {
      this.#held.delete(held);
    }
    if (verdict.kind === 'done') {
      const { result } = verdict;
      await this.#note(job, { ...result });
      const weights =
        result.weights === undefined ? '' : `, weights ${result.weights.slice(0, 12)}`;
      const { kind, attempt } = result;
      const message = `${kind}${result.epoch === undefined ? '' : ` after epoch ${result.epoch}`}${weights}`;
      this.#tell({ kind, study, run, attempt, message });
      return result;
    }
    return this.#settle(job, token, verdict);
  }

  /** Says to the queue what became of a job that is not complete: by an error, which is BullMQ's way. */
  async #settle(
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
        this.#tell({ kind: 'lost', ...about, message: `${verdict.message}; its process is ended` });
        // The job is no longer this worker's: nothing is said of it.
        throw new WaitingError();
      case 'failed': {
        const message = this.#queue.safe(verdict.message);
        await this.#note(job, { kind: 'failed', message, ...attempt });
        this.#tell({ kind: 'failed', ...about, message });
        throw new UnrecoverableError(message);
      }
      case 'retry': {
        const message = this.#queue.safe(verdict.message);
        const { attemptsMade, opts } = job;
        const all = opts.attempts ?? 1;
        const last = attemptsMade + 1 >= all;
        if (last) await this.#note(job, { kind: 'failed', message, ...attempt });
        this.#tell({
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
    const still = reason === 'worker' ? reason : await this.#standing(job);
    if (still) return this.#stopped(job, token, still, about);
    this.#tell({ kind: 'given-back', ...about, message: 'given back: its study goes on' });
    return this.#giveBack(job, token);
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
        this.#tell({
          kind: 'given-back',
          ...about,
          message: this.#stopping ? 'given back, since the worker ends' : 'given back',
        });
        return this.#giveBack(job, token);
      case 'pause':
        this.#tell({ kind: 'given-back', ...about, message: 'set aside: its study is paused' });
        return this.#park(job, token);
      case 'cancel':
        await this.#note(job, { kind: 'cancelled', message: 'its study was cancelled' });
        this.#tell({ kind: 'cancelled', ...about, message: 'its study was cancelled' });
        throw new UnrecoverableError('its study was cancelled');
      case 'edited':
        break;
    }
    this.#tell({ kind: 'cancelled', ...about, message: 'the study was edited' });
    throw new UnrecoverableError('the study was edited: this run is no longer a part of it');
  }

  async #giveBack(job: BullJob<Job>, token: string): Promise<never> {
    const moved = job
      .moveToWait(token)
      .catch((error: unknown) => this.#complain((error as Error).message));
    await (this.#stopping ? within(moved, farewell) : moved);
    throw new this.#queue.libraries.bullmq.WaitingError();
  }

  async #leaveToOthers(job: BullJob<Job>, token: string, why: string): Promise<never> {
    const { study, run } = (job.data ?? {}) as Partial<RunJob>;
    const times = this.#left.get(job.id!) ?? 0;
    if (this.#left.size > 10_000) this.#left.clear();
    this.#left.set(job.id!, times + 1);
    if (times === 0) {
      this.#tell({
        kind: 'left',
        message: `${run === undefined ? `${job.id}: ` : ''}${why}`,
        ...(study !== undefined && { study }),
        ...(run !== undefined && { run }),
      });
    }
    // One that fits may be free: it is not kept waiting for long, unless it seems that there is none.
    const wait = Math.min(this.#options.leave, firstLeave * 2 ** Math.min(times, 10));
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

  async #note(
    job: BullJob<RunJob>,
    what: Omit<EndedRun, 'digest' | 'at' | 'untilEpoch'>,
  ): Promise<void> {
    const { study, run, digest, untilEpoch } = job.data;
    const ended: EndedRun = {
      worker: this.name,
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
  async #standing({ data }: BullJob<RunJob>): Promise<StopReason | undefined> {
    const { client, keys } = this.#queue;
    const [state, digest] = await Promise.all([
      client.hget(keys.study(data.study), 'state'),
      client.hget(keys.digests(data.study), data.run),
    ]);
    if (state === 'paused') return 'pause';
    if (state === 'cancelled') return 'cancel';
    return digest === data.digest ? undefined : 'edited';
  }

  /** Looks once at a time. */
  #tick(): Promise<void> {
    this.#ticking ??= this.#look().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  /** Shows that this worker lives, and stops runs whose study was paused, cancelled or edited. */
  async #look(): Promise<void> {
    try {
      await showWorker(this.#queue, this.#info(), Math.max(5 * this.#options.poll, 10_000));
      await Promise.all(
        [...this.#held].map(async ({ job, stop }) => {
          const reason = await this.#standing(job);
          if (reason && !stop.signal.aborted) stop.abort(reason);
        }),
      );
    } catch (error) {
      this.#complain((error as Error).message);
    }
  }

  #info(): WorkerInfo {
    const { slots, threads, version, build } = this.#options;
    return {
      id: this.id,
      name: this.name,
      host: hostname(),
      pid: process.pid,
      slots,
      threads,
      started: this.#started,
      jobs: [...new Set([...this.#held].map(({ job }) => job.id!))],
      ...(version !== undefined && { version }),
      ...(build !== undefined && { build }),
    };
  }

  #tell(event: WorkerEvent): void {
    this.#onEvent?.({ ...event, message: this.#queue.safe(event.message) });
  }

  /** What goes wrong with the queue comes again until it is over: it is said now and then. */
  #complain(message: string): void {
    const now = performance.now();
    if (now - (this.#said.get(message) ?? Number.NEGATIVE_INFINITY) < 10_000) return;
    if (this.#said.size > 100) this.#said.clear();
    this.#said.set(message, now);
    this.#tell({ kind: 'note', message: `queue: ${message}` });
  }
}

/** Waits for a promise, but no longer. */
async function within(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((end) => (timer = setTimeout(end, milliseconds)));
  await Promise.race([promise.catch(() => {}), late]);
  clearTimeout(timer);
}
