import { nodeModules } from '@mnet/core/files';
import { readCheckpoint, type StoredTrainingState } from './checkpoint.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { checkpointFiles } from './checkpoint-files.ts';
import type { RunPaths } from './run-paths.ts';

/** Which checkpoint is wanted. */
interface Wanted {
  readonly paths: RunPaths;
  /** The id of the run that it must be of. */
  readonly run: string;
  /** Throws a CheckpointError for a state that this training cannot have. */
  readonly check: (state: StoredTrainingState) => void;
}

/**
 * What a complete run has ended with.
 *
 * @returns undefined where the run is not complete
 * @throws if the file is damaged or of another run, with the way to go on.
 */
export function finalState({ paths, run, check }: Wanted): StoredTrainingState | undefined {
  if (!nodeModules('run').fs.existsSync(paths.checkpoint)) return undefined;
  const state = readOr({ paths, run, check }, paths.checkpoint);
  return state.progress.complete ? state : undefined;
}

/**
 * What a run that is not complete goes on from.
 *
 * @returns undefined where it has no checkpoint
 * @throws if the last checkpoint is damaged or of another run, naming the last good one. Going on from that in silence
 *   would train again what the user may have a copy of.
 */
export function latestState(wanted: Wanted): StoredTrainingState | undefined {
  const file = checkpointFiles(wanted.paths).at(-1);
  return file === undefined ? undefined : readOr(wanted, file);
}

function readOr(wanted: Wanted, file: string): StoredTrainingState {
  try {
    return read(wanted, file);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new Error(`${error.message}; ${wayOn(wanted, file)}`, { cause: error });
  }
}

function read({ run, check }: Wanted, file: string): StoredTrainingState {
  const state = readCheckpoint(file, run);
  check(state);
  return state;
}

/** How a run goes on whose last checkpoint, or whose final one, is bad. */
function wayOn(wanted: Wanted, bad: string): string {
  const bads = [bad];
  const others = checkpointFiles(wanted.paths).filter((file) => file !== bad);
  for (const file of others.toReversed()) {
    try {
      read(wanted, file);
      return `${file} is the last good one: remove ${bads.join(' and ')} to go on from it`;
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      bads.push(file);
    }
  }
  return 'restore it from a copy, or write overwrite: true';
}
