import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { list, number, optional, options, type Resolved, text } from '@mnet/core/options';
import type { Programs } from '@mnet/sweep';
import { workerOptions } from '@mnet/sweep/options';
import { Command } from 'commander';
import { addFlags } from '../../flags/flag.ts';
import { userPath } from '../../program/user-path.ts';
import { version } from '../../program/version.ts';
import { eventLine } from '../../sweep/event-line.ts';
import { ownBuild } from '../../sweep/own-build.ts';
import {
  addQueueFlags,
  cacheFolder,
  openQueueOf,
  type QueueFlags,
  storeFields,
  storePlace,
  storeTable,
} from '../../sweep/queue-flags.ts';

const { fields } = workerOptions;

const ownOptions = options({
  ...storeFields,
  slots: fields.slots,
  threads: fields.threads,
  /** Seconds for which a job is this worker's after each renewal; default 30. */
  lease: optional(number({ min: 0.2, max: 3600 }), 30),
  /** Folders that may hold what runs read. */
  dataDir: optional(list(text('a folder'), 'folders, such as data,/mnt/pictures'), []),
  /** A folder on a local disk for runs under way; default one in the system's folder for temporary files. */
  scratch: optional(text('a folder')),
  /** The file of a study whose own functions this worker runs. */
  study: optional(text("a study's file")),
  name: fields.name,
});

interface Flags extends QueueFlags, Resolved<typeof ownOptions> {}

/** `mnet sweep worker` */
export function sweepWorkerCommand(): Command {
  const command = new Command('worker').description(
    'Takes runs of studies off a queue and makes them, until Ctrl-C. Any number of workers on any number of machines.',
  );
  addQueueFlags(command);
  return addFlags(command, ownOptions, {
    ...storeTable,
    slots: ['--slots <n>', 'runs at once'],
    threads: ['--threads <n>', 'threads of each run (default: cores ÷ slots)'],
    lease: [
      '--lease <seconds>',
      'for how long a run is this worker’s after each renewal; then another may take it',
    ],
    dataDir: [
      '--data-dir <folders>',
      'folders of this machine that may hold what runs read, which is fetched else',
      { path: true },
    ],
    scratch: [
      '--scratch <folder>',
      'folder on a local disk for runs under way (default: a temporary one)',
      { path: true },
    ],
    study: [
      '--study <file>',
      'a study whose own functions this worker runs, beside train and distill',
      { path: true },
    ],
    name: ['--name <text>', 'how it is called in tables (default: host and process)'],
  }).action(work);
}

async function work(flags: Flags): Promise<void> {
  const { openStore, startStudyWorker, stopOnSignals } = await import('@mnet/sweep');
  const { slots, threads, lease, dataDir, name } = flags;
  const { commandPrograms } = await import('../../sweep/programs.ts');
  const programs = { ...commandPrograms(), ...(await programsOf(flags)) };
  const build = await ownBuild();
  const store = await openStore(storePlace(flags.store));
  const queue = await openQueueOf(flags).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const own = flags.scratch === undefined;
  const scratch = flags.scratch
    ? userPath(flags.scratch)
    : await mkdtemp(join(tmpdir(), 'mnet-worker-'));
  try {
    const worker = await startStudyWorker(queue, store, {
      programs,
      scratch,
      inputs: { cache: cacheFolder(flags), near: dataDir.map((folder) => userPath(folder)) },
      slots,
      lease: lease * 1000,
      build,
      version,
      ...(threads !== undefined && { threads }),
      ...(name !== undefined && { name }),
      onEvent: (event) => console.log(eventLine(event, new Date())),
    });
    console.log(
      `${worker.name}: takes runs from ${queue.place}, ${slots} at once, to ${store.place} (${build})`,
    );
    stopOnSignals(worker, (signal, second) => {
      console.error(
        second
          ? `${signal}: ends at once`
          : `${signal}: its runs stop at their next step and are given back; once more to end at once`,
      );
    });
    await worker.ended;
  } finally {
    await queue.close();
    await store.close();
    if (own) await rm(scratch, { recursive: true, force: true });
  }
  // All is closed. Redis's client forgets the timer of an answer that it does not wait for any more, which would hold this process.
  process.exit();
}

async function programsOf({ study: file }: Flags): Promise<Programs> {
  const { loadStudy, ownPrograms } = await import('@mnet/sweep');
  return file === undefined ? {} : ownPrograms(await loadStudy(userPath(file)), userPath(file));
}
