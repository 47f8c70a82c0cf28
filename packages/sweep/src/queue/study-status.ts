import type { Job as BullJob } from 'bullmq';
import { QueueError } from './queue-error.ts';
import { eachAtOnce } from '../at-once.ts';
import type { Job, JobProgress } from './job-data.ts';
import { gateId, jobId } from './names.ts';
import type { QueueParts } from './queue-parts.ts';
import { type QueuedRun, type QueuedState, type QueuedStudy, queuedStates } from './queued-run.ts';
import {
  type EndedRun,
  placeOf,
  readAllRuns,
  readEnded,
  readStudy,
  type RunEntry,
  type StudyEntry,
} from './study-entry.ts';

export function unknownStudy({ place }: QueueParts, study: string): QueueError {
  return new QueueError(
    'unknown-study',
    `study '${study}': there is none of that name on ${place}`,
  );
}

/** A study with each run's state; undefined where the queue has none of that name. */
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
