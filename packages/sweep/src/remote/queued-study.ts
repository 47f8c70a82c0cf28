import { mkdirSync } from 'node:fs';
import { type Given, resolve } from '@mnet/core/options';
import { lockedStudy } from '../engine/study-lock.ts';
import type { RunQueue } from '../queue/run-queue.ts';
import type { StudyRecord } from '../report/study-record.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { planOf, type Programs } from '../study/plan.ts';
import { isRunOf } from '../study/run-of.ts';
import type { Study } from '../study/study.ts';
import { QueuedCourse } from './queued-course.ts';
import { queuedStudyOptions } from './queued-study-options.ts';

/** Settings of {@link runQueuedStudy}. */
export interface QueuedStudyOptions extends Given<typeof queuedStudyOptions> {
  readonly programs: Programs;
  /** Leaves the study, which goes on; the same call follows it again. */
  readonly signal?: AbortSignal;
}

/**
 * Puts a study on a queue, or joins it there, follows it until all its runs have ended, and writes its report from what the store has of them. A search is
 * driven by this process: where that ends, the runs under way end, and the same call goes on with it.
 *
 * @returns what has become of it; undefined with `detach`
 * @throws QueueError, StoreError, and Error as `runStudy`; the signal's reason where it is aborted
 */
export async function runQueuedStudy(
  study: Study,
  queue: RunQueue,
  store: ObjectStore,
  { programs, signal, ...given }: QueuedStudyOptions,
): Promise<StudyRecord | undefined> {
  const settings = resolve(queuedStudyOptions, given, 'runQueuedStudy options');
  const runs = planOf(study, programs);
  checkSearches(study, settings.detach);
  const course = new QueuedCourse(study, runs, queue, store, programs, settings);
  if (settings.detach) {
    await course.enqueue();
    return undefined;
  }
  mkdirSync(settings.folder, { recursive: true });
  return lockedStudy(settings.folder, signal, (lock) => course.follow(lock));
}

/** What of searches a queue does not do. */
function checkSearches({ stages }: Study, detach: boolean): void {
  for (const { search, base, name } of stages) {
    if (!search) continue;
    if (detach) {
      throw new Error(
        'detach: got true with a search, which this process drives; takes it with studies whose runs are known before',
      );
    }
    const key = Object.keys(base).find((each) => isRunOf(base[each]));
    if (key !== undefined) {
      throw new Error(
        `study${name === '' ? '' : `.stages.${name}`}.base.${key}: got runOf in a search on a queue, takes the folder of a run that is complete`,
      );
    }
  }
}
