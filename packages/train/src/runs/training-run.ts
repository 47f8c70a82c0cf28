import { fileSystem } from '@mnet/layers';
import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ResolvedOptions } from '../options.ts';
import { checkProgress } from './check-progress.ts';
import {
  type TrainingProgress,
  readCheckpoint,
  type StoredTrainingState,
  type TrainingState,
  writeCheckpoint,
} from './checkpoint.ts';
import { compareBuilds, compareConfigs } from './compare-configs.ts';
import { readConfig, type StoredConfig } from './config-file.ts';
import { checkLog, readLog, restoreLog } from './log.ts';
import { createRun, openRun, type Run, runExists } from './run.ts';
import { type RunPaths, runPaths } from './run-paths.ts';
import type { RunDescription } from './run-record.ts';

/** A run folder at the start of a training. */
export interface OpenedRun {
  readonly dir: string;
  /** Open for writing; absent where the run is complete, which stays as it is. */
  readonly run?: Run;
  /** Where the run goes on from, or its end; absent where it starts. */
  readonly state?: StoredTrainingState;
}

/**
 * Makes the run folder that the options ask for, or opens it and finds out where its run stands.
 *
 * @returns undefined where none is asked for
 * @throws if the folder cannot be had, or its run does not fit, was made by another build or is damaged.
 */
export async function openTrainingRun(
  options: ResolvedOptions,
  now: RunDescription,
  stepsPerEpoch: number,
): Promise<OpenedRun | undefined> {
  const { run: dir, resume, overwrite } = options;
  if (dir === undefined) return undefined;
  if (!resume || !runExists(dir)) {
    return { dir, run: await createRun(dir, now, { overwrite }) };
  }
  const read = (config: StoredConfig): StoredTrainingState | undefined => {
    compareConfigs(dir, config, now);
    const { checkpoint } = runPaths(dir);
    const state = readCheckpoint(checkpoint, config.id);
    if (state) checkProgress(checkpoint, state.progress, options, stepsPerEpoch);
    return state;
  };
  // A complete run is only read: it may lie where nothing can be written, and be read by several at once.
  const config = readConfig(dir, runPaths(dir).config);
  const ended = config.replaces ? undefined : read(config);
  if (ended?.progress.complete && logIsThere(runPaths(dir), config.id, ended)) {
    return { dir, state: ended };
  }
  const run = await openRun(dir);
  try {
    const state = read(run.config);
    if (!logIsThere(run.paths, run.config.id, state)) {
      const { history = [], complete } = state?.progress ?? {};
      run.check();
      const end = complete && ({ event: 'end', ...complete } as const);
      restoreLog(run.paths.log, run.config.id, history, end);
    }
    if (state?.progress.complete) {
      run.close();
      return { dir, state };
    }
    goOn(run, state, now, options.allowOtherBuild);
    return { dir, run, ...(state ? { state } : {}) };
  } catch (error) {
    run.close();
    throw error;
  }
}

/** Writes a checkpoint; the variables are those whose values are the state's weights. */
export function keepState(run: Run, state: TrainingState, variables: readonly Variable[]): void {
  run.check();
  writeCheckpoint(run.paths.checkpoint, run.config.id, state, variables);
}

/** Saves the model and writes down that the run is complete; the checkpoint that says so comes last. */
export async function completeRun(
  run: Run,
  model: LayersModel,
  state: TrainingState & { progress: Required<TrainingProgress> },
  weights: readonly Variable[],
): Promise<void> {
  run.check();
  await model.save(fileSystem(run.paths.model));
  run.log({ event: 'end', ...state.progress.complete });
  keepState(run, state, weights);
}

/** Notes in the run's files that it goes on. */
function goOn(
  run: Run,
  state: StoredTrainingState | undefined,
  now: RunDescription,
  allowOtherBuild: boolean,
): void {
  const otherBuild = compareBuilds(run.config, now);
  if (otherBuild.length > 0 && !allowOtherBuild) {
    throw new Error(
      `resume: the run in '${run.dir}' was made with another build (${otherBuild.join('; ')}), so that its end would have neither's bits; write allowOtherBuild: true to go on all the same`,
    );
  }
  const { epoch = 0, step = 0, history = [] } = state?.progress ?? {};
  run.log({
    event: 'resume',
    run: run.config.id,
    epoch: epoch + 1,
    step,
    ...(otherBuild.length > 0 ? { otherBuild } : {}),
  });
  run.writeMetrics(history);
}

/**
 * Whether the folder has a log.
 *
 * @throws if it has one with a bad line, or one that does not fit the checkpoint.
 */
function logIsThere(paths: RunPaths, id: string, state: StoredTrainingState | undefined): boolean {
  const history = state?.progress.history ?? [];
  try {
    const log = readLog(paths.log, id);
    if (log) checkLog(paths.log, log, history);
    if (!state && log && log.epochs.length > 0) {
      throw new Error(
        `${paths.checkpoint}: is not there, although ${paths.log} has ${log.epochs.length} epochs; restore it from a copy, or write overwrite: true`,
      );
    }
    return log !== undefined;
  } catch (error) {
    if (!state) throw error;
    throw new Error(
      `${(error as Error).message}. The checkpoint holds all ${history.length} epochs that are done: put that line right, or remove the log and resume, which writes it anew`,
      { cause: error },
    );
  }
}
