import type { Job as BullJob } from 'bullmq';
import { QueueError } from './queue-error.ts';
import { eachAtOnce } from '../at-once.ts';
import type { Job, JobProgress } from './job-data.ts';
import { gateId, jobId } from './names.ts';
import { type QueueParts, partsOf } from './queue-parts.ts';
import type { RunQueue } from './run-queue.ts';
import {
  type EndedRun,
  placeOf,
  readAllRuns,
  readEnded,
  readStudy,
  type RunEntry,
  type StudyEntry,
} from './study-entry.ts';
import type { WorkerInfo } from './worker-options.ts';
import { liveWorkers } from './worker-registry.ts';

/** States of a run, in the order in which tables have them. */
export const queuedStates = [
  /** Of others that it needs. */
  'needs',
  'waiting',
  'running',
  /** It failed, and is tried again in a while. */
  'retrying',
  /** Its study is paused, or a search has not taken it further. */
  'paused',
  'complete',
  'failed',
  /** A run that it needs was not made. */
  'skipped',
  'cancelled',
  /** Its job was taken off the queue by somebody. */
  'removed',
] as const;

/** Where a run stands. */
export type QueuedState = (typeof queuedStates)[number];

/** A run of a study on a queue. */
export interface QueuedRun {
  readonly id: string;
  /** Empty in a study of one stage. */
  readonly stage: string;
  readonly state: QueuedState;
  /** ISO 8601: since when it is in this state, as far as it is known. */
  readonly since?: string;
  /** The name of the worker that has it, or had it. */
  readonly worker?: string;
  /** Epochs done, and in all. */
  readonly epoch?: number;
  readonly epochs?: number;
  /** Of the epoch under way, from 0 to 1. */
  readonly share?: number;
  readonly validationAccuracy?: number;
  readonly validationLoss?: number;
  /** The metric's value, of a search. */
  readonly value?: number;
  /** How often it failed. */
  readonly failures: number;
  /** How often a worker took it. */
  readonly starts: number;
  /** Why it failed, was skipped or is tried again. */
  readonly reason?: string;
  /** SHA-256 of the final weights. */
  readonly weights?: string;
}

/** A study on a queue. */
export interface QueuedStudy {
  readonly name: string;
  readonly state: StudyEntry['state'];
  readonly priority: number;
  /** ISO 8601. */
  readonly created: string;
  /** Where its runs are kept, as its driver calls it. */
  readonly store: string;
  readonly counts: Readonly<Record<QueuedState, number>>;
  readonly runs: readonly QueuedRun[];
}

/** What a queue has. */
export interface QueueStatus {
  readonly place: string;
  readonly studies: readonly QueuedStudy[];
  /** Those that have shown that they live, in the order of their names. */
  readonly workers: readonly WorkerInfo[];
}

/**
 * What a queue has: studies with each run's state, and workers.
 *
 * @param study the name of one; default all
 * @throws QueueError with the code `unknown-study` where there is none of that name
 */
export async function queueStatus(queue: RunQueue, study?: string): Promise<QueueStatus> {
  const parts = partsOf(queue);
  const names = study === undefined ? await parts.client.smembers(parts.keys.studies) : [study];
  const studies: QueuedStudy[] = [];
  for (const name of names.toSorted()) {
    const one = await studyStatus(parts, name);
    if (one) studies.push(one);
    else if (study !== undefined) throw unknownStudy(parts, study);
  }
  return { place: parts.place, studies, workers: await liveWorkers(parts) };
}

export function unknownStudy({ place }: QueueParts, study: string): QueueError {
  return new QueueError(
    'unknown-study',
    `study '${study}': there is none of that name on ${place}`,
  );
}

export async function studyStatus(
  parts: QueueParts,
  name: string,
): Promise<QueuedStudy | undefined> {
  const meta = await readStudy(parts, name);
  if (!meta) return undefined;
  const [entries, ended] = await Promise.all([readAllRuns(parts, name), readEnded(parts, name)]);
  const runs = new Map<string, QueuedRun>();
  await eachAtOnce(entries.values(), 64, async (entry) => {
    const { id } = entry.planned;
    runs.set(id, await runStatus(parts, name, meta, entry, ended));
  });
  const counts = Object.fromEntries(queuedStates.map((state) => [state, 0])) as Record<
    QueuedState,
    number
  >;
  for (const { state } of runs.values()) counts[state]++;
  return {
    name,
    state: meta.state,
    priority: meta.priority,
    created: meta.created,
    store: meta.store.place,
    counts,
    runs: [...entries.keys()].map((id) => runs.get(id)!),
  };
}

async function runStatus(
  parts: QueueParts,
  study: string,
  meta: StudyEntry,
  entry: RunEntry,
  ended: ReadonlyMap<string, EndedRun>,
): Promise<QueuedRun> {
  const { id, stage } = entry.planned;
  const about = { id, stage };
  const end = endOf(entry, ended);
  if (end) {
    const { failures = 0, starts = 0 } = end;
    return { ...about, failures, starts, ...ofEnd(end) };
  }
  const place = placeOf(study, entry);
  const job = await parts.queue.getJob(jobId(place, entry.untilEpoch));
  if (!job) {
    if (meta.state === 'cancelled') return { ...about, state: 'cancelled', failures: 0, starts: 0 };
    const waits = await waitsForOthers(parts, study, entry, ended);
    return { ...about, state: waits ? 'needs' : 'removed', failures: 0, starts: 0 };
  }
  const state = stateOf(await job.getState(), job, meta);
  return {
    ...about,
    state,
    failures: job.attemptsMade,
    starts: job.attemptsStarted,
    ...ofJob(state, job),
  };
}

/** What a run has ended as; a rung that is behind a trial is none. */
function endOf(entry: RunEntry, ended: ReadonlyMap<string, EndedRun>): EndedRun | undefined {
  const end = ended.get(entry.planned.id);
  if (!end || end.digest !== entry.digest) return undefined;
  return end.kind === 'paused' && end.untilEpoch !== entry.untilEpoch ? undefined : end;
}

function ofEnd(end: EndedRun): Pick<QueuedRun, 'state'> & Partial<QueuedRun> {
  const { kind, at, worker, epoch, epochs, value, weights, message } = end;
  const { validationAccuracy, validationLoss } = end;
  return {
    state: kind,
    since: at,
    ...(worker !== undefined && { worker }),
    ...(epoch !== undefined && { epoch }),
    ...(epochs !== undefined && { epochs }),
    ...(validationAccuracy !== undefined && { validationAccuracy }),
    ...(validationLoss !== undefined && { validationLoss }),
    ...(value !== undefined && { value }),
    ...(weights !== undefined && { weights }),
    ...(message !== undefined && { reason: message }),
  };
}

function ofJob(state: QueuedState, job: BullJob<Job>): Partial<QueuedRun> {
  const progress = (typeof job.progress === 'object' ? job.progress : {}) as Partial<JobProgress>;
  const { epoch, epochs, share, validationAccuracy, validationLoss } = progress;
  const since = (state === 'running' && job.processedOn) || job.finishedOn || job.timestamp;
  return {
    since: new Date(since).toISOString(),
    ...(state === 'running' && job.processedBy !== undefined && { worker: job.processedBy }),
    ...(epoch !== undefined && { epoch }),
    ...(epochs !== undefined && { epochs }),
    ...(state === 'running' && share !== undefined && { share }),
    ...(validationAccuracy !== undefined && { validationAccuracy }),
    ...(validationLoss !== undefined && { validationLoss }),
    ...(job.failedReason && { reason: job.failedReason }),
  };
}

function stateOf(state: string, job: BullJob<Job>, meta: StudyEntry): QueuedState {
  switch (state) {
    case 'active':
      return 'running';
    case 'completed':
      return (job.returnvalue as { kind?: string } | null)?.kind === 'paused'
        ? 'paused'
        : 'complete';
    case 'failed':
      return meta.state === 'cancelled' ? 'cancelled' : 'failed';
    case 'delayed':
      if (meta.state === 'paused') return 'paused';
      return job.attemptsMade > 0 ? 'retrying' : 'waiting';
    case 'unknown':
      return 'removed';
    default:
      return meta.state === 'paused' ? 'paused' : 'waiting';
  }
}

/** Whether a run without a job waits for others, or for the job that will add it. */
async function waitsForOthers(
  parts: QueueParts,
  study: string,
  entry: RunEntry,
  ended: ReadonlyMap<string, EndedRun>,
): Promise<boolean> {
  for (const [run, digest] of Object.entries(entry.needs)) {
    if (ended.get(run)?.digest !== digest) return true;
    const state = await parts.queue.getJobState(gateId({ study, run, digest }));
    if (!['completed', 'failed', 'unknown'].includes(state)) return true;
  }
  return false;
}
