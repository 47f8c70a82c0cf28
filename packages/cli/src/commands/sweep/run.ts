import { join } from 'node:path';
import { boolean, optional, options, pick, type Resolved, text } from '@mnet/core/options';
import {
  loadStudy,
  type RunStudyOptions,
  runStudy,
  runStudyOptions,
  type StudyRecord,
  studyPaths,
  studyTable,
} from '@mnet/sweep';
import { Command } from 'commander';
import { addFlags } from '../../flags/flag.ts';
import { interruptSignal } from '../../program/interrupt.ts';
import { userPath } from '../../program/user-path.ts';
import { runsTable } from '../../sweep/list-runs.ts';
import { liveTable } from '../../sweep/live-table.ts';
import { programsFor } from '../../sweep/programs.ts';

const { fields } = runStudyOptions;

const ownOptions = options({
  /** The folder of all studies, default `runs`. */
  runs: optional(text('a folder'), 'runs'),
  slots: fields.slots,
  threads: fields.threads,
  retries: fields.retries,
  backoff: fields.backoff,
  resume: fields.resume,
  overwrite: fields.overwrite,
  acceptEdits: fields.acceptEdits,
  /** Whether the study is shown and checked, and nothing is run; default false. */
  dryRun: optional(boolean(), false),
});

interface Flags extends Resolved<typeof ownOptions> {}

/** `mnet sweep run` */
export function sweepRunCommand(): Command {
  const command = new Command('run')
    .description(
      'Makes the runs of a study, each as a process of its own. Writes RUNS/STUDY/{study.json, journal.jsonl, report.html} and a folder for each run.',
    )
    .argument('<study>', "a study's file: TypeScript, JavaScript or JSON");
  return addFlags(command, ownOptions, {
    runs: ['--runs <folder>', 'folder of all studies', { kept: userPath, path: true }],
    slots: ['--slots <n>', 'runs at once (default: as many as there are cores)'],
    threads: ['--threads <n>', 'threads of each run (default: cores ÷ slots)'],
    retries: ['--retries <n>', 'how often a run is tried again that failed in a way that may pass'],
    backoff: ['--backoff <seconds>', 'before the first of those attempts; four times as long each'],
    resume: ['--resume', 'go on with the study where it stopped', { conflicts: 'overwrite' }],
    overwrite: ['--overwrite', 'replace the study that has this name'],
    acceptEdits: [
      '--accept-edits',
      'with --resume: runs may have been added to the study or taken out of it',
    ],
    dryRun: ['--dry-run', 'check the study and list its runs; run none'],
  }).action(run);
}

async function run(path: string, flags: Flags): Promise<void> {
  const study = await loadStudy(userPath(path));
  const programs = programsFor(study, path);
  if (flags.dryRun) return console.log(runsTable(study, programs));
  const folder = userPath(join(flags.runs, study.name));
  const signal = interruptSignal('stopping all runs at their next step; once more to stop at once');
  const table = liveTable();
  let record: StudyRecord;
  try {
    record = await runStudy(study, {
      ...given(flags),
      folder,
      commands: [['mnet', 'sweep', 'run', path, '--runs', flags.runs]],
      programs,
      signal,
      onChange: (state) => table.show(state),
    });
  } catch (error) {
    table.end();
    if (signal.aborted) {
      console.error(`stopped; to go on: mnet sweep run ${path} --runs ${flags.runs} --resume`);
    }
    throw error;
  }
  table.end();
  console.log(`\n${studyTable(record)}\n\nreport: ${studyPaths(folder).report}`);
  const failed = record.runs.filter(({ state }) => state === 'failed' || state === 'skipped');
  if (failed.length > 0) {
    throw new Error(
      `${failed.length} of ${record.runs.length} runs failed: ${failed
        .slice(0, 5)
        .map(
          ({ id, error, log }) =>
            `${id} (${error}${log === undefined ? '' : `; ${join(folder, log)}`})`,
        )
        .join('; ')}`,
    );
  }
}

/** The flags that were given or have a default. */
function given(flags: Flags): Omit<RunStudyOptions, 'folder' | 'programs'> {
  return Object.fromEntries(
    Object.entries(pick(runStudyOptions, flags)).filter(([, value]) => value !== undefined),
  );
}
