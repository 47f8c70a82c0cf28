import { runStudy, type StudyRecord } from '@mnet/sweep';
import { interruptSignal } from '../program/interrupt.ts';
import { ownCommand } from '../program/own-command.ts';
import { shellWord } from '@mnet/core/process';
import { liveTable } from './live-table.ts';
import type { SweepJob } from './sweep-job.ts';

/** Makes the runs of a study on this machine. */
export async function runHere({
  path,
  study,
  programs,
  folder,
  flags,
}: SweepJob): Promise<StudyRecord> {
  const { slots, threads, retries, backoff, resume, overwrite, acceptEdits } = flags;
  const signal = interruptSignal('stopping all runs at their next step; once more to stop at once');
  const table = liveTable();
  try {
    return await runStudy(study, {
      folder,
      programs,
      signal,
      ...(slots !== undefined && { slots }),
      ...(threads !== undefined && { threads }),
      ...(retries !== undefined && { retries }),
      ...(backoff !== undefined && { backoff }),
      resume,
      overwrite,
      acceptEdits,
      commands: [['mnet', 'sweep', 'run', path, '--runs', flags.runs]],
      onChange: (state) => table.show(state),
    });
  } catch (error) {
    if (signal.aborted) {
      table.end();
      console.error(
        `stopped; to go on: ${ownCommand()} sweep run ${shellWord(path)} --runs ${shellWord(flags.runs)} --resume`,
      );
    }
    throw error;
  } finally {
    table.end();
  }
}
