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
import { JobDesk } from './job-desk.ts';
import { makeRun, type RunContext, type StopReason, type Verdict } from './make-run.ts';
import { NeededRuns } from './needed-runs.ts';
import { ownFolder, removeFolder } from './own-folder.ts';
import { passGate } from './pass-gate.ts';
import { type QueueParts, partsOf } from './queue-parts.ts';
import type { RunQueue } from './run-queue.ts';
import { storePlace } from './store-notes.ts';
import { farewell, waitAtMost } from './wait-at-most.ts';
import {
  type QueueWorker,
  type WorkerEvent,
  type WorkerInfo,
  type WorkerOptions,
  type WorkerParts,
} from './worker-options.ts';
import { hideWorker, showWorker } from './worker-registry.ts';
import { type WorkerSettings, workerSettings } from './worker-settings.ts';

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
  readonly #desk: JobDesk;

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
    this.#desk = new JobDesk(queue, {
      name: this.name,
      leave: this.#options.leave,
      isStopping: () => this.#stopping !== undefined,
      tell: (event) => this.#tell(event),
      complain: (message) => this.#complain(message),
    });
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
    await waitAtMost(closing, grace + 2 * farewell);
    clearInterval(this.#ticks);
    // A tick that is under way would show the worker again.
    if (this.#ticking) await waitAtMost(this.#ticking, farewell);
    await waitAtMost(hideWorker(this.#queue, this.id), farewell);
    await removeFolder(this.#context!.folder).catch(() => {});
    this.#end();
  }

  async #work(job: BullJob<Job>, token: string): Promise<RunResult | undefined> {
    const { data } = job;
    if (this.#stopping) return this.#desk.giveBack(job, token);
    if (!known(data)) {
      const { format } = (data ?? {}) as { format?: unknown };
      const why = `its job is of format ${String(format)}, this worker knows ${jobFormat}: it is left to newer workers`;
      return this.#desk.leaveToOthers(job, token, why);
    }
    if (data.store.id !== this.#storeId) {
      const why = `its runs are kept in ${data.store.place}, this worker has ${this.#parts.store.place}: it is left to others`;
      return this.#desk.leaveToOthers(job, token, why);
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
      return this.#desk.leaveToOthers(job, token, why);
    }
    const refusal = this.#parts.accepts?.(data);
    if (refusal !== undefined) return this.#desk.leaveToOthers(job, token, refusal);
    const reason = await this.#desk.standing(job);
    if (reason) return this.#desk.settle(job, token, { kind: 'stopped', reason });

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
      await this.#desk.note(job, { ...result });
      const weights =
        result.weights === undefined ? '' : `, weights ${result.weights.slice(0, 12)}`;
      const { kind, attempt } = result;
      const message = `${kind}${result.epoch === undefined ? '' : ` after epoch ${result.epoch}`}${weights}`;
      this.#tell({ kind, study, run, attempt, message });
      return result;
    }
    return this.#desk.settle(job, token, verdict);
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
          const reason = await this.#desk.standing(job);
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
