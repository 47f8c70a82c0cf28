import { fileSystem } from '@mnet/layers';
import type { Variable } from '@tensorflow/tfjs-core';
import { type TrainingState, writeCheckpoint } from '../runs/checkpoint.ts';
import type { Run } from '../runs/run.ts';
import type { EpochRecord } from '../runs/run-record.ts';
import type { Journal } from './journal.ts';

/** How often the lock is looked at between steps, in milliseconds; each write looks by itself. */
const CHECK_EVERY = 500;

/** A journal in a run folder, open for writing until it is closed. */
export function folderJournal(run: Run, now: () => number = () => performance.now()): Journal {
  let complete = false;
  let checked = now();
  const keep = (state: TrainingState, variables: readonly Variable[]): void => {
    run.check();
    writeCheckpoint(run.paths.checkpoint, run.config.id, state, variables);
  };
  return {
    dir: run.dir,
    check() {
      if (now() - checked < CHECK_EVERY) return;
      checked = now();
      run.check();
    },
    logEpoch(history) {
      run.log({ event: 'epoch', ...(history.at(-1) as EpochRecord) });
      run.writeMetrics(history);
    },
    async checkpoint(state, variables) {
      keep(await state(), variables);
    },
    async complete(model, state, variables) {
      run.check();
      await model.save(fileSystem(run.paths.model));
      run.log({ event: 'end', ...state.progress.complete });
      // What says that nothing is left to do comes last.
      keep(state, variables);
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
