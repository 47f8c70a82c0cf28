import { boolean, optional, options, type Resolved, text } from '@mnet/core/options';
import { queuedStudyOptions, runStudyOptions } from '@mnet/sweep/options';
import type { Command } from 'commander';
import { addFlags } from '../flags/flag.ts';
import { userPath } from '../program/user-path.ts';
import { addQueueFlags, type QueueFlags, storeFields, storeTable } from './queue-flags.ts';

const { fields } = runStudyOptions;
const { fields: queued } = queuedStudyOptions;

const hereOptions = options({
  slots: fields.slots,
  threads: fields.threads,
  resume: fields.resume,
  overwrite: fields.overwrite,
});

const queueOnlyOptions = options({
  store: optional(storeFields.store.takes),
  cache: storeFields.cache,
  priority: queued.priority,
  parallel: queued.parallel,
  upload: queued.upload,
  weights: queued.weights,
  detach: queued.detach,
  /** Whether workers may compute otherwise than this machine does; default false. */
  anyBuild: optional(boolean(), false),
});

const ownOptions = options({
  /** The folder of all studies, default `runs`. */
  runs: optional(text('a folder'), 'runs'),
  /** Whether the study is shown and checked, and nothing is run; default false. */
  dryRun: optional(boolean(), false),
  /** Default here 2; on a queue 4, with longer pauses, since what passes lasts longer there. */
  retries: optional(fields.retries.takes),
  backoff: optional(fields.backoff.takes),
  acceptEdits: fields.acceptEdits,
  ...hereOptions.fields,
  ...queueOnlyOptions.fields,
});

/** What `mnet sweep run` is told. */
export interface SweepRunFlags extends QueueFlags, Resolved<typeof ownOptions> {}

/** Adds the flags of {@link SweepRunFlags}. */
export function addSweepRunFlags(command: Command): Command {
  addFlags(command, ownOptions, {
    runs: ['--runs <folder>', 'folder of all studies', { kept: userPath, path: true }],
    dryRun: ['--dry-run', 'check the study and list its runs; run none'],
    retries: [
      '--retries <n>',
      'how often a run is tried again that failed in a way that may pass (default: 2, with --queue 4)',
    ],
    backoff: [
      '--backoff <seconds>',
      'before the first of those attempts; each further one waits longer (default: 2, with --queue 10)',
    ],
    acceptEdits: [
      '--accept-edits',
      'the study may have been edited since it was begun: here, by runs that were added or taken out',
    ],
    slots: ['--slots <n>', 'runs at once (default: as many as there are cores)'],
    threads: ['--threads <n>', 'threads of each run (default: cores ÷ slots)'],
    resume: ['--resume', 'go on with the study where it stopped', { conflicts: 'overwrite' }],
    overwrite: ['--overwrite', 'replace the study that has this name'],
  });
  addQueueFlags(command);
  addFlags(command, queueOnlyOptions, {
    ...storeTable,
    priority: ['--priority <n>', 'with --queue: of the study; lower ones go first'],
    parallel: ['--parallel <n>', 'with --queue: trials of a search under way at once'],
    upload: [
      '--no-upload',
      'with --queue: what runs read is not sent to the store; workers must have it',
    ],
    weights: ['--weights', 'with --queue: fetch the models of complete runs too'],
    detach: [
      '--detach',
      'with --queue: put the study there and leave; the same command follows it',
    ],
    anyBuild: [
      '--any-build',
      'with --queue: also workers that round in another way than this machine; bits may differ',
    ],
  });
  return command;
}

/** Refuses flags that would do nothing. */
export function refuseOthers(command: Command, onQueue: boolean): void {
  const { keys } = onQueue ? hereOptions : queueOnlyOptions;
  const idle = keys.find((key) => command.getOptionValueSource(key) === 'cli');
  if (idle === undefined) return;
  const { long } = command.options.find((option) => option.attributeName() === idle) ?? {};
  throw new Error(
    onQueue
      ? `${long}: got it with --queue, takes it without: workers have their own, and a study that is there is joined`
      : `${long}: got it without --queue and --store, takes it with them`,
  );
}
