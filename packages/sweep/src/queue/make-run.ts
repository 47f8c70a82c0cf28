import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Job as BullJob } from 'bullmq';
import { lastLines, outputFile } from '../run/output.ts';
import type { RunEnd, RunProcess, RunProgress } from '../run/run-process.ts';
import type { RunArchive, RunOutcome, Snapshot } from '../store/run-archive.ts';
import { type AttemptEnd, beginAttempt, endAttempt, readAttempts } from './attempts.ts';
import type { JobProgress, RunFigures, RunJob, RunResult } from './job-data.ts';
import { Lease, LeaseLost, type LeaseTimes } from './lease.ts';
import type { RunPlace } from './names.ts';
import type { NeededRuns } from './needed-runs.ts';
import { Snapshots } from './snapshots.ts';
import { attemptKey } from './store-notes.ts';
import type { WorkerEvent, WorkerParts } from './worker-options.ts';

/** Why a worker stops a run: it ends itself, or the study was paused, cancelled or edited, or Redis has it no longer. */
export type StopReason = 'worker' | 'pause' | 'cancel' | 'edited' | 'gone';

/** What a worker has learnt of a job. */
export type Verdict =
  | { readonly kind: 'done'; readonly result: RunResult }
  /** For good. */
  | { readonly kind: 'failed'; readonly message: string; readonly attempt?: number }
  | { readonly kind: 'retry'; readonly message: string; readonly attempt?: number }
  | { readonly kind: 'stopped'; readonly reason: StopReason; readonly attempt?: number }
  | { readonly kind: 'lost'; readonly message: string; readonly attempt?: number };

/** What all runs of a worker share. */
export interface RunContext {
  readonly parts: WorkerParts;
  readonly times: LeaseTimes;
  readonly threads: number;
  readonly deaths: number;
  readonly progress: number;
  readonly grace: number;
  /** The worker's name. */
  readonly worker: string;
  /** For the folders of its runs. */
  readonly folder: string;
  readonly needed: NeededRuns;
  /** Aborted when runs are to end at once. */
  readonly killed: AbortSignal;
  readonly tell: (event: WorkerEvent) => void;
}

/**
 * Makes the run of a job, or goes on with it from its newest snapshot, and notes the outcome in the store. Nothing of it is left on this
 * machine.
 *
 * @param stop aborted with a {@link StopReason} when the run is to stop
 * @param attempts how often it is tried in all, and how often it was before
 */
export async function makeRun(
  context: RunContext,
  job: BullJob<RunJob>,
  token: string,
  stop: AbortSignal,
): Promise<Verdict> {
  const attempt = new Attempt(context, job, stop);
  try {
    return await attempt.make(token);
  } catch (error) {
    return attempt.broken(error as Error);
  } finally {
    await attempt.close();
  }
}

class Attempt {
  readonly #context: RunContext;
  readonly #job: BullJob<RunJob>;
  readonly #stop: AbortSignal;
  readonly #place: RunPlace;
  readonly #archive: RunArchive;
  readonly #folder: string;
  #lease: Lease | undefined;
  #process: RunProcess | undefined;
  #number: number | undefined;
  #shown = Number.NEGATIVE_INFINITY;
  #progress: RunProgress | undefined;

  constructor(context: RunContext, job: BullJob<RunJob>, stop: AbortSignal) {
    this.#context = context;
    this.#job = job;
    this.#stop = stop;
    const { study, run, digest } = job.data;
    this.#place = { study, run, digest };
    this.#archive = context.parts.archive(this.#place);
    // The run is called by its folder. One that is taken anew may meet its attempt before, which still ends, on the same worker.
    this.#folder = join(
      context.folder,
      `${job.id!}~${crypto.randomUUID().slice(0, 8)}`,
      job.data.run,
    );
  }

  async make(token: string): Promise<Verdict> {
    const { times, parts } = this.#context;
    const lease = await Lease.take(this.#job, token, times, (milliseconds) =>
      this.#process?.lease?.(milliseconds),
    );
    this.#lease = lease;
    const there = await this.#archive.outcome();
    if (there) return this.#known(there);

    await this.#clear();
    await mkdir(this.#folder, { recursive: true });
    const from = await this.#archive.restore(this.#folder);
    const { untilEpoch } = this.#job.data;
    const { next, deaths } = await readAttempts(parts.store, this.#place, from);
    if (deaths >= this.#context.deaths) return this.#deadly(next - 1, deaths, from);
    if (this.#stop.aborted) return this.#stopped();
    lease.check();
    const { store } = parts;
    this.#number = await beginAttempt(store, this.#place, next, this.#context.worker, from);
    const snapshots = new Snapshots(
      this.#archive,
      this.#folder,
      this.#number,
      from?.epoch ?? 0,
      lease,
      (message) => this.#tell('unsaved', `a snapshot could not be stored: ${message}`),
    );
    if (untilEpoch !== undefined && from && from.epoch >= untilEpoch) {
      // An earlier worker got so far, and could not say so any more.
      return this.#done('paused', from.epoch);
    }
    this.#tell('taken', from ? `goes on after epoch ${from.epoch}` : 'begins');
    const end = await this.#run(lease, snapshots);
    await snapshots.settled();
    lease.check();
    return this.#after(end, snapshots);
  }

  /** What to do with an error that was not the run's. */
  async broken(error: Error): Promise<Verdict> {
    const attempt = this.#number;
    const numbered = attempt === undefined ? {} : { attempt };
    this.#process?.kill();
    await this.#process?.end;
    if (this.#lease?.lost.aborted || error instanceof LeaseLost) {
      const { message } = (this.#lease?.lost.reason as Error | undefined) ?? error;
      await this.#note({ kind: 'lost', message });
      return { kind: 'lost', message, ...numbered };
    }
    if (this.#stop.aborted) return this.#stopped();
    await this.#note({ kind: 'failed', message: error.message });
    return { kind: 'retry', message: error.message, ...numbered };
  }

  async close(): Promise<void> {
    this.#lease?.close();
    await this.#clear().catch((error: unknown) =>
      this.#tell('note', `its folder could not be removed: ${(error as Error).message}`),
    );
  }

  async #run(lease: Lease, snapshots: Snapshots): Promise<RunEnd> {
    const { parts, needed, threads, grace, killed } = this.#context;
    const job = this.#job.data;
    const program = parts.program(job.planned.program);
    if (!program) throw new Error(`program: '${job.planned.program}' is not known here`);
    const signal = AbortSignal.any([this.#stop, lease.lost]);
    let config = await needed.resolve(job);
    config = (await parts.localConfig?.(config, signal)) ?? config;
    if (this.#stop.aborted) return { kind: 'stopped', signal: 'none' };
    lease.check();

    const order = {
      config,
      folder: this.#folder,
      threads,
      ...(job.untilEpoch !== undefined && { untilEpoch: job.untilEpoch }),
      ...(job.build === undefined && { anyBuild: true }),
    };
    const child = parts.startRun(program, order, {
      onProgress: (progress) => {
        this.#progress = progress;
        this.#show(progress);
      },
      onEpoch: (epoch) => snapshots.take(epoch),
    });
    this.#process = child;
    child.lease?.(lease.remaining);
    let late: ReturnType<typeof setTimeout> | undefined;
    const kill = (): void => child.kill();
    const halt = (): void => {
      child.stop();
      late = setTimeout(kill, grace);
    };
    const ends = AbortSignal.any([lease.lost, killed]);
    ends.addEventListener('abort', kill, { once: true });
    this.#stop.addEventListener('abort', halt, { once: true });
    // Either may have come while the process was started.
    if (ends.aborted) kill();
    if (this.#stop.aborted) halt();
    try {
      return await child.end;
    } finally {
      clearTimeout(late);
      ends.removeEventListener('abort', kill);
      this.#stop.removeEventListener('abort', halt);
    }
  }

  async #after(end: RunEnd, snapshots: Snapshots): Promise<Verdict> {
    switch (end.kind) {
      case 'complete':
        await snapshots.last();
        return this.#done('complete', snapshots.epoch);
      case 'paused':
        snapshots.reached(end.epoch);
        await snapshots.last();
        return this.#done('paused', end.epoch);
      case 'stopped':
        if (end.signal === 'lease') {
          // It did not hear of its worker in time, though that lives: the machine may be too busy for such a short lease.
          await this.#keep(snapshots);
          await this.#note({ kind: 'given back', message: 'it did not hear of its worker' });
          return { kind: 'stopped', reason: 'worker', attempt: this.#number! };
        }
        if (!this.#stop.aborted) {
          return this.#failed(`its process was ended by ${end.signal}`, false, snapshots);
        }
        if (this.#process) await this.#keep(snapshots);
        return this.#stopped();
      case 'failed':
        break;
    }
    return this.#failed(end.message, end.final, snapshots);
  }

  /** The run is complete, or has come to where it is to pause: first the store says so, then the queue. */
  async #done(kind: 'complete' | 'paused', epoch: number): Promise<Verdict> {
    const { worker, parts } = this.#context;
    const attempt = this.#number!;
    const weights = kind === 'complete' ? await parts.weights(this.#folder) : undefined;
    const value = await this.#value();
    await this.#lease!.confirm();
    let standing: RunOutcome | undefined;
    if (kind === 'complete') {
      standing = await this.#archive.end({ kind, attempt, worker, ...(weights && { weights }) });
      if (standing.kind === 'complete' && standing.weights !== weights) {
        this.#tell(
          'note',
          `attempt ${standing.attempt} ended with other weights (${standing.weights}) than this one (${weights}); the former stand`,
        );
      }
    }
    await this.#note({ kind });
    if (standing?.kind === 'failed') {
      return { kind: 'failed', message: standing.message ?? 'failed', attempt };
    }
    const result: RunResult = {
      kind,
      // A run may keep no checkpoint of its end.
      epoch: Math.max(epoch, this.#progress?.epoch ?? 0),
      ...(this.#progress && figuresOf(this.#progress)),
      attempt: standing?.attempt ?? attempt,
      worker: standing?.worker ?? worker,
      ...(standing?.weights !== undefined && { weights: standing.weights }),
      ...(value !== undefined && { value }),
    };
    return { kind: 'done', result };
  }

  /** A job whose run has an outcome: its worker could not say so any more, or the study was put on the queue anew. */
  async #known(outcome: RunOutcome): Promise<Verdict> {
    const { attempt, worker, weights } = outcome;
    if (outcome.kind === 'failed') {
      return { kind: 'failed', message: outcome.message ?? 'failed', attempt };
    }
    let value: number | undefined;
    let epoch: number | undefined;
    if (this.#job.data.metric) {
      await this.#clear();
      await mkdir(this.#folder, { recursive: true });
      epoch = (await this.#archive.restore(this.#folder))?.epoch;
      value = await this.#value();
    }
    const result: RunResult = {
      kind: 'complete',
      attempt,
      worker,
      ...(epoch !== undefined && { epoch }),
      ...(weights !== undefined && { weights }),
      ...(value !== undefined && { value }),
    };
    return { kind: 'done', result };
  }

  async #failed(said: string, final: boolean, snapshots: Snapshots): Promise<Verdict> {
    const attempt = this.#number!;
    const message = `${said}${await this.#log(attempt)}`;
    await this.#keep(snapshots);
    await this.#lease!.confirm();
    const { attemptsMade, opts } = this.#job;
    const last = attemptsMade + 1 >= (opts.attempts ?? 1);
    if (!final && !last) {
      await this.#note({ kind: 'failed', message: said });
      return { kind: 'retry', message, attempt };
    }
    const { worker } = this.#context;
    const standing = await this.#archive.end({ kind: 'failed', message, attempt, worker });
    await this.#note({ kind: 'failed', message: said });
    if (standing.kind === 'complete') return this.#known(standing);
    return { kind: 'failed', message: standing.message ?? message, attempt };
  }

  /** A run that takes its workers with it. */
  async #deadly(attempt: number, deaths: number, from: Snapshot | undefined): Promise<Verdict> {
    const { worker } = this.#context;
    const where = from ? `after epoch ${from.epoch}` : 'at its beginning';
    const message = `${deaths} workers that had it ended without a word, ${where}, one after the other: it may need more memory than they have`;
    await this.#lease!.confirm();
    const standing = await this.#archive.end({ kind: 'failed', message, attempt, worker });
    if (standing.kind === 'complete') return this.#known(standing);
    return { kind: 'failed', message: standing.message ?? message, attempt };
  }

  async #stopped(): Promise<Verdict> {
    const reason = this.#stop.reason as StopReason;
    await this.#note({ kind: 'given back' });
    const attempt = this.#number;
    return { kind: 'stopped', reason, ...(attempt !== undefined && { attempt }) };
  }

  /** Stores the folder, if it can be. */
  async #keep(snapshots: Snapshots): Promise<void> {
    try {
      await snapshots.last();
    } catch (error) {
      this.#lease!.check();
      this.#tell('unsaved', `its folder could not be stored: ${(error as Error).message}`);
    }
  }

  /** What is said of a failed run's output: its end, and where all of it is. */
  async #log(attempt: number): Promise<string> {
    const tail = lastLines(this.#folder);
    if (tail === '') return '';
    const { store } = this.#context.parts;
    const key = attemptKey(this.#place, attempt, '.log');
    try {
      this.#lease!.check();
      await store.putFile(key, outputFile(this.#folder));
      return `. All it printed is in ${store.place}, ${key}; it ends:\n${tail}`;
    } catch (error) {
      this.#lease!.check();
      return `. What it printed could not be stored (${(error as Error).message}); it ends:\n${tail}`;
    }
  }

  async #value(): Promise<number | undefined> {
    const { metric, untilEpoch } = this.#job.data;
    if (!metric) return undefined;
    const { value } = this.#context.parts;
    if (!value) throw new Error('value: this worker has no way to read the value of a trial');
    return value(this.#folder, metric, untilEpoch);
  }

  async #note(end: AttemptEnd): Promise<void> {
    const attempt = this.#number;
    if (attempt === undefined) return;
    // It only counts in favour of the run; a store that is away must not hold up what comes next.
    const { store } = this.#context.parts;
    await endAttempt(store, this.#place, attempt, end).catch(() => {});
  }

  #show(progress: RunProgress): void {
    const now = performance.now();
    if (now - this.#shown < this.#context.progress || this.#lease?.remaining === 0) return;
    this.#shown = now;
    const { epoch, share } = progress;
    const shown: JobProgress = {
      epoch,
      share,
      ...figuresOf(progress),
      attempt: this.#number!,
      worker: this.#context.worker,
    };
    // It is of no weight: the next one says more.
    this.#job.updateProgress({ ...shown }).catch(() => {});
  }

  #tell(kind: WorkerEvent['kind'], message: string): void {
    const { study, run } = this.#place;
    const attempt = this.#number;
    this.#context.tell({ kind, study, run, message, ...(attempt !== undefined && { attempt }) });
  }

  async #clear(): Promise<void> {
    await rm(dirname(this.#folder), { recursive: true, force: true, maxRetries: 3 });
  }
}

function figuresOf({ epochs, validationAccuracy, validationLoss }: RunProgress): RunFigures {
  return {
    epochs,
    ...(validationAccuracy !== undefined && { validationAccuracy }),
    ...(validationLoss !== undefined && { validationLoss }),
  };
}
