import { partsOf } from './queue-parts.ts';
import type { QueuedStudy } from './queued-run.ts';
import type { RunQueue } from './run-queue.ts';
import { studyStatus, unknownStudy } from './study-status.ts';
import type { WorkerInfo } from './worker-options.ts';
import { liveWorkers } from './worker-registry.ts';

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
