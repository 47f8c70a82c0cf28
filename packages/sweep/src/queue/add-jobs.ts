import type { BulkJobOptions, FlowJob, JobsOptions } from 'bullmq';
import { type GateJob, jobFormat } from './job-data.ts';
import { gateId, jobId } from './names.ts';
import type { QueueParts } from './queue-parts.ts';
import { placeOf, type RunEntry, runJob, type StudyEntry } from './study-entry.ts';

/** Jobs that go to Redis at once. */
const batch = 250;

/**
 * Adds runs to the queue. One whose job is there is not added again.
 *
 * A run that others wait for is the child of a job of its own, which adds those when all they need has ended: a job has one parent,
 * a run may have many that wait for it and may wait for many.
 */
export async function addRuns(
  parts: QueueParts,
  study: string,
  meta: StudyEntry,
  entries: readonly RunEntry[],
): Promise<void> {
  for (let from = 0; from < entries.length; from += batch) {
    const some = entries.slice(from, from + batch);
    const plain = some.filter(({ dependants }) => dependants.length === 0);
    const needed = some.filter(({ dependants }) => dependants.length > 0);
    // Those first that others wait for.
    if (needed.length > 0) {
      await parts.flows.addBulk(needed.map((entry) => flow(parts, study, meta, entry)));
    }
    if (plain.length > 0) {
      await parts.queue.addBulk(
        plain.map((entry) => {
          const data = runJob(study, meta, entry);
          const opts: BulkJobOptions = jobOptions(study, meta, entry);
          return { name: data.run, data, opts };
        }),
      );
    }
  }
}

function flow(parts: QueueParts, study: string, meta: StudyEntry, entry: RunEntry): FlowJob {
  const place = placeOf(study, entry);
  const data: GateJob = { format: jobFormat, kind: 'then', ...place, store: meta.store };
  const { name: queueName } = parts;
  return {
    name: `then ${place.run}`,
    queueName,
    data,
    // Without a priority it goes before all runs: it takes milliseconds. It fails only where the store or Redis does.
    opts: {
      jobId: gateId(place),
      attempts: 1_000_000,
      backoff: { type: 'fixed', delay: 5000, jitter: 0.5 },
      stackTraceLimit: 0,
    },
    children: [
      {
        name: place.run,
        queueName,
        data: runJob(study, meta, entry),
        // Where the run fails for good, what waits for it is told so.
        opts: { ...jobOptions(study, meta, entry), ignoreDependencyOnFailure: true },
      },
    ],
  };
}

function jobOptions(study: string, meta: StudyEntry, entry: RunEntry): JobsOptions {
  return {
    jobId: jobId(placeOf(study, entry), entry.untilEpoch),
    priority: meta.priority,
    attempts: meta.attempts,
    // Half of it is random, so that what failed together is not tried together.
    backoff: { type: 'exponential', delay: meta.backoff, jitter: 0.5 },
    // A trace holds paths of this machine; the reason is told without.
    stackTraceLimit: 0,
  };
}
