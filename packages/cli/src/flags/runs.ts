import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { custom, optional, options, type Resolved, text } from '@mnet/core/options';
import { runPaths, trainOptions } from '@mnet/train';
import type { Command } from 'commander';
import { userPath } from '../program/user-path.ts';
import { addFlags } from './flag.ts';

const { fields: ofTrain } = trainOptions;

const runOptions = options({
  /** The folder of all runs, default `runs`. */
  runs: optional(text('a folder'), 'runs'),
  /** The run's own folder in it. */
  name: optional(
    custom<string>(
      'a name of letters, digits, -, _ and ., such as kd-1',
      (value) => typeof value === 'string' && /^\w[\w.-]*$/.test(value),
    ),
    'run',
  ),
  /** Whether the run that is there goes on; default false. */
  resume: ofTrain.resume,
  /** Whether it also goes on with another build of the kernels or another Node.js; default false. */
  allowOtherBuild: ofTrain.allowOtherBuild,
  /** Whether the run that is there is replaced; default false. */
  overwrite: ofTrain.overwrite,
});

/** Where a run is written, and what becomes of one that is there. */
export interface RunFlags extends Resolved<typeof runOptions> {}

/** The keys that say what becomes of a run that is there, and nothing of the run itself. */
export const goingOn: readonly string[] = ['resume', 'allowOtherBuild', 'overwrite', 'pauseAfter'];

const placeFlags = {
  runs: ['--runs <folder>', 'folder of all runs', { kept: userPath, path: true }],
  name: ['--name <name>', "name of the run's folder in it"],
} as const;

/**
 * Adds the flags of {@link RunFlags}.
 *
 * @param name what a run is called where the user gives it no name
 */
export function addRunFlags(command: Command, name: string): Command {
  return addFlags(
    command,
    runOptions,
    {
      ...placeFlags,
      resume: ['--resume', 'go on with the run where it stopped', { conflicts: 'overwrite' }],
      allowOtherBuild: [
        '--allow-other-build',
        'with --resume: go on although the run was made by another build of the kernels or another Node.js; its end then has the bits of neither',
      ],
      overwrite: ['--overwrite', 'replace the run that has this name'],
    },
    { name },
  );
}

/**
 * The run's folder.
 *
 * @param within the folders of runs that are part of this one, such as `teacher`
 * @throws if a run is there already and the flags do not say what becomes of it, before anything is computed
 */
export function runFolder(flags: RunFlags, within: readonly string[] = []): string {
  const { runs, name, resume, allowOtherBuild, overwrite } = flags;
  const dir = userPath(join(runs, name));
  if (allowOtherBuild && !resume) {
    throw new Error('--allow-other-build: it is for going on with a run; give --resume beside it');
  }
  const started = [dir, ...within.map((part) => join(dir, part))].some((each) =>
    existsSync(runPaths(each).config),
  );
  if (started && !resume && !overwrite) {
    throw new Error(
      `${join(runs, name)} is there already; give --resume to go on with it, --overwrite to replace it, or another --name`,
    );
  }
  return dir;
}

/** Where the results of a measurement are written: no run that could go on. */
export interface ResultFlags extends Pick<RunFlags, 'runs' | 'name' | 'overwrite'> {}

/**
 * Adds the flags of {@link ResultFlags}.
 *
 * @param name what the folder is called where the user gives it no name
 */
export function addResultFlags(command: Command, name: string): Command {
  return addFlags(
    command,
    runOptions,
    { ...placeFlags, overwrite: ['--overwrite', 'replace the results that have this name'] },
    { name },
  );
}

/**
 * The folder of the results.
 *
 * @param file what is written there
 * @throws if it is there already and the flags do not say that it is replaced, before anything is measured
 */
export function resultFolder({ runs, name, overwrite }: ResultFlags, file: string): string {
  const dir = userPath(join(runs, name));
  if (existsSync(join(dir, file)) && !overwrite) {
    throw new Error(
      `${join(runs, name, file)} is there already; give --overwrite to replace it, or another --name`,
    );
  }
  return dir;
}
