import { namesOnQueue, openStore, runQueuedStudy, type Study, type StudyRecord } from '@mnet/sweep';
import { interruptSignal } from '../program/interrupt.ts';
import { ownCommand } from '../program/own-command.ts';
import { liveTable } from './live-table.ts';
import { ownBuild } from './own-build.ts';
import { cacheFolder, storePlace, withQueue } from './queue-flags.ts';
import type { SweepJob } from './sweep-job.ts';

/** Puts a study on a queue and follows it; undefined where it is only put there. */
export async function runOnQueue({
  path,
  study,
  programs,
  folder,
  flags,
}: SweepJob): Promise<StudyRecord | undefined> {
  const { priority, parallel, upload, weights, detach, anyBuild, retries, backoff, acceptEdits } =
    flags;
  if (flags.store === undefined) {
    throw new Error(
      '--store: got none, takes with --queue a folder that all machines see, or s3://BUCKET/PREFIX',
    );
  }
  const place = storePlace(flags.store);
  const goesOn = study.stages.some(({ search }) => search)
    ? 'runs under way go on, its search waits for the same command'
    : 'it goes on';
  const build = anyBuild ? undefined : await ownBuild();
  const store = await openStore(place);
  const signal = interruptSignal(`leaving the study: ${goesOn}`);
  const table = liveTable();
  const words = ['mnet', 'sweep', 'run', path, '--store', store.place];
  try {
    return await withQueue(flags, (queue) =>
      runQueuedStudy(study, queue, store, {
        folder,
        programs,
        signal,
        cache: cacheFolder(flags),
        priority,
        parallel,
        upload,
        weights,
        detach,
        acceptEdits,
        ...(retries !== undefined && { attempts: retries + 1 }),
        ...(backoff !== undefined && { backoff: Math.max(1, backoff * 1000) }),
        ...(build !== undefined && { build }),
        commands: [[...words, '--queue', queue.place]],
        onChange: (state) => table.show(state),
        onNote: (line) => console.error(line),
      }),
    );
  } catch (error) {
    if (signal.aborted) {
      table.end();
      console.error(`left; the same command follows it again, ${cancelling(study)} ends it`);
    }
    throw error;
  } finally {
    table.end();
    await store.close();
  }
}

/** The commands that end a study on a queue. */
function cancelling(study: Study): string {
  return namesOnQueue(study)
    .map((name) => `${ownCommand()} sweep cancel ${name}`)
    .join(' && ');
}
