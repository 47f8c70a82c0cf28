import { join } from 'node:path';
import { loadStudy, type StudyRecord, studyPaths, studyTable } from '@mnet/sweep';
import type { Command } from 'commander';
import { userPath } from '../program/user-path.ts';
import { runsTable } from './list-runs.ts';
import { programsFor } from './programs.ts';
import { refuseOthers, type SweepRunFlags } from './run-flags.ts';
import { runHere } from './run-here.ts';
import { runOnQueue } from './run-on-queue.ts';

/** Does what `mnet sweep run` is told. */
export async function runSweep(
  path: string,
  flags: SweepRunFlags,
  command: Command,
): Promise<void> {
  const study = await loadStudy(userPath(path));
  const programs = programsFor(study, path);
  if (flags.dryRun) {
    console.log(runsTable(study, programs));
    return;
  }
  const folder = userPath(join(flags.runs, study.name));
  // The variable alone, which is there for all commands, puts nothing on a queue.
  const onQueue = flags.queue !== undefined || flags.store !== undefined;
  refuseOthers(command, onQueue);
  const job = { path, study, programs, folder, flags };
  const record = onQueue ? await runOnQueue(job) : await runHere(job);
  if (!record) return;
  console.log(`\n${studyTable(record)}\n\nreport: ${studyPaths(folder).report}`);
  checkComplete(record, folder);
}

/** @throws Error that names runs that failed, with their logs */
function checkComplete({ runs }: StudyRecord, folder: string): void {
  const failed = runs.filter(({ state }) => state === 'failed' || state === 'skipped');
  if (failed.length === 0) return;
  const named = failed.slice(0, 5).map(({ id, error, log }) => {
    const place = log === undefined ? '' : `; ${join(folder, log)}`;
    const [why = 'no reason was noted'] = error?.split('\n') ?? [];
    return `  ${id}: ${why}${place}`;
  });
  const more = failed.length > named.length ? [`  and ${failed.length - named.length} more`] : [];
  const all = runs.length === 1 ? 'run' : 'runs';
  throw new Error(
    [`${failed.length} of ${runs.length} ${all} failed:`, ...named, ...more].join('\n'),
  );
}
