import { FileError } from '@mnet/core/files';
import { fileSystem } from '@mnet/layers';
import type { Variable } from '@tensorflow/tfjs-core';
import { type TrainingState, writeCheckpoint } from '../runs/checkpoint.ts';
import { checkpointFile, removeOldCheckpoints } from '../runs/checkpoint-files.ts';
import type { Run } from '../runs/run.ts';
import type { EpochRecord } from '../runs/run-record.ts';
import type { Journal } from './journal.ts';

/** How often the lock is looked at between steps, in milliseconds; each write looks by itself. */
const CHECK_EVERY = 500;

/** How a run's checkpoints are kept. */
interface Keeping {
  /** How many of them. */
  readonly keep: number;
  /** The one that the run goes on from. */
  readonly last?: string;
}

/** A journal in a run folder, open for writing until it is closed. */
export function folderJournal(
  run: Run,
  { keep, last }: Keeping,
  now: () => number = () => performance.now(),
): Journal {
  let complete = false;
  let checked = now();
  let good = last;
  let pending: { state: TrainingState; variables: readonly Variable[] } | undefined;
  const write = (file: string, state: TrainingState, variables: readonly Variable[]): void => {
    run.check();
    writeCheckpoint(file, run.config.id, state, variables);
    good = file;
  };
  const writing = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw withLastGood(error, good);
    }
  };
  return {
    dir: run.dir,
    check() {
      if (now() - checked < CHECK_EVERY) return;
      checked = now();
      run.check();
    },
    logSteps: (record) => writing(() => run.log({ event: 'step', ...record })),
    logEpoch: (history) =>
      writing(() => {
        run.log({ event: 'epoch', ...(history.at(-1) as EpochRecord) });
        run.writeMetrics(history);
      }),
    async checkpoint(state, variables) {
      run.check();
      pending = { state: await state(), variables };
    },
    flush() {
      if (!pending) return;
      const { state, variables } = pending;
      pending = undefined;
      writing(() => {
        write(checkpointFile(run.paths, state.progress), state, variables);
        // Only now that the new one is on the disk, so that a full one leaves those before.
        removeOldCheckpoints(run.paths, keep);
      });
    },
    async complete(model, state, variables, details) {
      run.check();
      try {
        await model.save(fileSystem(run.paths.model));
        if (details) run.writeTest(details);
        run.log({ event: 'end', ...state.progress.complete });
        // What says that nothing is left to do comes last.
        write(run.paths.checkpoint, state, variables);
      } catch (error) {
        throw withLastGood(error, good);
      }
      complete = true;
    },
    fail(status, error) {
      if (complete) return;
      try {
        const text = error instanceof Error ? error.message : String(error);
        run.log({ event: 'end', status, error: text });
      } catch {
        // The error that ended the training says more than one of writing its text.
      }
    },
    record: () => run.record(),
    close: () => run.close(),
  };
}

/** An error of a file that could not be written, with what the run goes on from; other errors as they are. */
function withLastGood(error: unknown, file: string | undefined): unknown {
  if (!(error instanceof FileError)) return error;
  const { code, path, what } = error;
  const room = code === 'disk-full' ? 'free some space, then ' : '';
  const hint = file
    ? `the last good checkpoint is ${file}; ${room}resume: true goes on from it`
    : `no checkpoint was written yet; ${room}resume: true starts anew`;
  return new FileError(code, path, `${what}; ${hint}`, { cause: error });
}
