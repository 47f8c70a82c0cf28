import type { ResolvedOptions } from '../options.ts';
import type { Plan } from '../training/plan.ts';
import type { StoredTrainingState } from '../runs/checkpoint.ts';
import { FORMAT, readConfig, type StoredConfig } from '../runs/config-file.ts';
import { finalState, latestState } from '../runs/latest-checkpoint.ts';
import { checkLog, readLog, restoreLog } from '../runs/log.ts';
import { createRun, openRun, readRun, type Run, runExists } from '../runs/run.ts';
import { type RunPaths, runPaths } from '../runs/run-paths.ts';
import type { RunDescription } from '../runs/run-record.ts';
import { checkProgress } from './check-progress.ts';
import { compareBuilds, compareConfigs } from './compare-configs.ts';
import { folderJournal } from './folder-journal.ts';
import type { Journal } from './journal.ts';
import { silentJournal } from './silent-journal.ts';

/** A training's journal at its start. */
export interface OpenedJournal {
  readonly journal: Journal;
  /** Where the run goes on from, or its end; absent where it starts. */
  readonly state?: StoredTrainingState;
}

/**
 * Makes the run folder that the options ask for, or opens it and finds out where its run stands.
 *
 * @param name the run's, where it has no folder to be named after
 * @throws if the folder cannot be had, or its run does not fit, was made by another build or is damaged.
 */
export async function openJournal(
  options: ResolvedOptions,
  now: RunDescription,
  plan: Plan,
  name: string,
): Promise<OpenedJournal> {
  const { run: dir, resume, overwrite, keepCheckpoints: keep } = options;
  if (dir === undefined) {
    const journal = silentJournal(({ history: epochs, ...figures }, details) => {
      return { format: FORMAT, name, ...now, epochs, ...figures, ...(details ? { details } : {}) };
    });
    return { journal };
  }
  if (!resume || !runExists(dir)) {
    return { journal: folderJournal(await createRun(dir, now, { overwrite }), { keep }) };
  }
  const wanted = ({ id }: StoredConfig) => ({
    paths: runPaths(dir),
    run: id,
    check: ({ file, progress }: StoredTrainingState) =>
      checkProgress(file, progress, options, plan),
  });
  const complete = (state: StoredTrainingState): OpenedJournal => {
    return { journal: silentJournal(() => readRun(dir), dir), state };
  };
  // A complete run is only read: it may lie where nothing can be written, and be read by several at once.
  const config = readConfig(dir, runPaths(dir).config);
  if (!config.replaces) compareConfigs(dir, config, now);
  const ended = config.replaces ? undefined : finalState(wanted(config));
  if (ended && logIsThere(runPaths(dir), config.id, ended)) {
    return complete(ended);
  }
  const run = await openRun(dir);
  try {
    compareConfigs(dir, run.config, now);
    const state = finalState(wanted(run.config)) ?? latestState(wanted(run.config));
    if (!logIsThere(run.paths, run.config.id, state)) {
      const { history = [], complete: outcome } = state?.progress ?? {};
      run.check();
      const end = outcome && ({ event: 'end', ...outcome } as const);
      restoreLog(run.paths.log, run.config.id, history, end);
    }
    if (state?.progress.complete) {
      run.close();
      return complete(state);
    }
    goOn(run, state, now, options.allowOtherBuild);
    return state
      ? { journal: folderJournal(run, { keep, last: state.file }), state }
      : { journal: folderJournal(run, { keep }) };
  } catch (error) {
    run.close();
    throw error;
  }
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
        `${paths.checkpoints}: holds no checkpoint, although ${paths.log} has ${log.epochs.length} epochs; restore one from a copy, or write overwrite: true`,
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
