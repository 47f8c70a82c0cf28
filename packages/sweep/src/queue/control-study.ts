import { eachAtOnce } from '../at-once.ts';
import { removeJobs } from './enqueue-study.ts';
import { gateId, jobId } from './names.ts';
import { type QueueParts, partsOf } from './queue-parts.ts';
import type { RunQueue } from './run-queue.ts';
import { placeOf, readAllRuns } from './study-entry.ts';
import { unknownStudy } from './study-status.ts';

/**
 * Pauses a study: its runs under way stop at their next step and are stored, waiting ones are set aside by the worker that meets them.
 * Other studies go on.
 *
 * @throws QueueError with the code `unknown-study`
 */
export async function pauseStudy(queue: RunQueue, study: string): Promise<void> {
  await setState(partsOf(queue), study, 'paused');
}

/** Goes on with a paused study. @throws QueueError with the code `unknown-study` */
export async function continueStudy(queue: RunQueue, study: string): Promise<void> {
  const parts = partsOf(queue);
  const { client, keys } = parts;
  await setState(parts, study, 'active');
  const parked = await client.smembers(keys.parked(study));
  await eachAtOnce(parked, 32, async (id) => {
    await client.srem(keys.parked(study), id);
    const job = await parts.queue.getJob(id);
    // One that is not asleep yet looks again before it sleeps.
    await job?.promote().catch(() => {});
  });
}

/**
 * Cancels a study: its runs under way stop at their next step and are stored, waiting ones are taken off the queue. What has ended stays;
 * enqueueing the study again goes on with the rest.
 *
 * @throws QueueError with the code `unknown-study`
 */
export async function cancelStudy(queue: RunQueue, study: string): Promise<void> {
  const parts = partsOf(queue);
  await setState(parts, study, 'cancelled');
  const entries = await readAllRuns(parts, study);
  await eachAtOnce(entries.values(), 32, async (entry) => {
    const place = placeOf(study, entry);
    for (const id of [gateId(place), jobId(place, entry.untilEpoch)]) {
      const state = await parts.queue.getJobState(id);
      if (state === 'completed' || state === 'failed' || state === 'unknown') continue;
      // One that a worker has stays: the worker sees that it is cancelled.
      await parts.queue.remove(id, { removeChildren: false });
    }
  });
  await parts.client.del(parts.keys.parked(study));
}

/**
 * Takes a study off the queue with all that Redis has of it, once no worker has a run of it: to make room. The store keeps its runs.
 *
 * @throws QueueError with the code `unknown-study`; Error where a worker has one of its runs: cancel it first
 */
export async function removeStudy(queue: RunQueue, study: string): Promise<void> {
  const parts = partsOf(queue);
  const { client, keys } = parts;
  if (!(await client.exists(keys.study(study)))) throw unknownStudy(parts, study);
  const entries = await readAllRuns(parts, study);
  const held: string[] = [];
  await eachAtOnce(entries.values(), 32, async (entry) => {
    await removeJobs(parts, study, entry);
    const place = placeOf(study, entry);
    if ((await parts.queue.getJobState(jobId(place, entry.untilEpoch))) === 'active') {
      held.push(entry.planned.id);
    }
  });
  if (held.length > 0) {
    throw new Error(
      `study '${study}': workers have ${held.slice(0, 5).join(', ')}${held.length > 5 ? ', …' : ''}; cancel it, and remove it when they have stopped`,
    );
  }
  await client
    .multi()
    .srem(keys.studies, study)
    .del(...keys.ofStudy(study))
    .exec();
}

async function setState(
  parts: QueueParts,
  study: string,
  state: 'active' | 'paused' | 'cancelled',
): Promise<void> {
  const { client, keys } = parts;
  if (!(await client.exists(keys.study(study)))) throw unknownStudy(parts, study);
  await client.hset(keys.study(study), 'state', state);
}
