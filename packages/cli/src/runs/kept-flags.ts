import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Callback } from '@mnet/train';
import type { Command } from 'commander';
import { decided, readConfig } from '../flags/config-file.ts';
import { dataAmong } from '../flags/data.ts';
import { goingOn } from '../flags/runs.ts';
import { shellWord } from '@mnet/core/process';
import { ownCommand } from '../program/own-command.ts';
import { userPath } from '../program/user-path.ts';
import { writeWhole } from '@mnet/core/files';

/** The file of a run folder that `--config` takes: what was decided for the command that made the run. */
const keptFile = (dir: string): string => join(dir, 'flags.json');

/** The file of a run that is trained beside others, a teacher or an arm: the flags of its data, wherever it is taken. */
const dataFile = (dir: string): string => join(dir, 'data.json');

/**
 * Keeps a command's flags with its run as soon as the run is there, and those of the data with each run beside it.
 *
 * @param anew whether those of a run that goes on are written anew; default: they stay as they are
 */
export function keepFlags(dir: string, command: Command, anew = false): Callback {
  return {
    async onTrainBegin({ run = dir }) {
      if (relative(run, dir) !== '') await keepData(run, command);
      const file = keptFile(dir);
      if (!anew && existsSync(file) && command.getOptionValue('resume') === true) return;
      await writeWhole(file, `${JSON.stringify(decided(command, goingOn), null, 2)}\n`);
    },
  };
}

async function keepData(run: string, command: Command): Promise<void> {
  const { seed, ...data } = dataAmong(decided(command, []));
  await writeWhole(dataFile(run), `${JSON.stringify({ dataSeed: seed, ...data }, null, 2)}\n`);
}

/** The flags that a run's data was loaded with, and perhaps others; undefined where the folder is no run of a command. */
export function keptData(dir: string): Readonly<Record<string, unknown>> | undefined {
  return keptIn(dataFile(dir)) ?? keptFlags(dir);
}

/** The flags that a run was made with; undefined where the folder is no run of a command. */
export function keptFlags(dir: string): Readonly<Record<string, unknown>> | undefined {
  return keptIn(keptFile(dir));
}

function keptIn(file: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return existsSync(file) ? readConfig(file) : undefined;
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Says on stderr, as a command line, how a run that a signal stopped goes on.
 *
 * @param start what starts the command; default `mnet` and its name
 */
export function sayHowToGoOn(dir: string, command: Command, start?: string): void {
  const file = keptFile(dir);
  if (!existsSync(file)) {
    console.error('stopped before the run began; give the same command again');
    return;
  }
  const near = relative(userPath('.'), file);
  const path = near.startsWith('..') ? file : near;
  const program = start ?? `${ownCommand()} ${command.name()}`;
  // What a run keeps leaves out how it was gone on with.
  const otherBuild = command.getOptionValue('allowOtherBuild') === true;
  const flags = `--config ${shellWord(path)} --resume${otherBuild ? ' --allow-other-build' : ''}`;
  console.error(`stopped; to go on: ${program} ${flags}`);
}
