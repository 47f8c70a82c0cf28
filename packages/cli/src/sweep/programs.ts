import { basename, dirname } from 'node:path';
import { isRunOf, ownPrograms, type Program, type Programs, type Study } from '@mnet/sweep';
import type { Command } from 'commander';
import { checkDistillation, distillCommand } from '../commands/distill.ts';
import { trainCommand } from '../commands/train.ts';
import { flagsOf, takeSettings } from '../flags/config-file.ts';
import type { Flag } from '../flags/flag.ts';
import { goingOn } from '../flags/runs.ts';
import { trainOptionsOf } from '../flags/training.ts';
import { ownProcess } from '../program/own-process.ts';
import { userPath } from '../program/user-path.ts';

/** What a study decides for its runs itself. */
const decidedHere: ReadonlySet<string> = new Set(['runs', 'name', 'threads', ...goingOn]);

/** The commands of `mnet` that make runs, as a study names them, and its own functions. */
export function programsFor(study: Study, file: string): Programs {
  return { ...commandPrograms(), ...ownPrograms(study, userPath(file)) };
}

/** The commands of `mnet` that make runs. */
export function commandPrograms(): Programs {
  return {
    train: programOf(
      'train',
      trainCommand,
      (flags: Parameters<typeof trainOptionsOf>[0]) => void trainOptionsOf(flags),
    ),
    distill: programOf('distill', distillCommand, checkDistillation),
  };
}

/** @param checkFlags refuses flags that do not fit each other */
function programOf<Flags>(
  name: string,
  make: () => Command,
  checkFlags: (flags: Flags) => void,
): Program {
  const flags = flagsOf(make());
  return {
    name,
    seed: 'seed',
    paths: [...flags].flatMap(([key, flag]) => (flag.path && !decidedHere.has(key) ? [key] : [])),
    check(config) {
      for (const key of Object.keys(config)) {
        if (decidedHere.has(key)) {
          throw new Error(
            `${key}: got it in the study's settings, takes none: the study decides it`,
          );
        }
      }
      const command = make()
        .exitOverride()
        .configureOutput({ writeErr: () => {} })
        .action((given: Flags) => checkFlags(given));
      takeSettings(command, withPlaces(config, flags));
      command.parse([], { from: 'user' });
    },
    command({ folder, configFile, threads, untilEpoch }) {
      return {
        file: process.execPath,
        args: [
          ...ownProcess('main'),
          name,
          '--config',
          configFile,
          '--threads',
          String(threads),
          '--runs',
          dirname(folder),
          '--name',
          basename(folder),
          '--resume',
          ...(untilEpoch === undefined ? [] : ['--pause-after', String(untilEpoch)]),
        ],
      };
    },
  };
}

/** A config whose references to other runs are paths, as a check takes them before those runs are there. */
function withPlaces(
  config: Parameters<Program['check']>[0],
  flags: ReadonlyMap<string, Flag>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      if (!isRunOf(value)) return [key, value];
      if (flags.get(key)?.path) return [key, `./${value.runOf}`];
      throw new Error(`${key}: got runOf ${value.runOf}, takes it where a path is taken`);
    }),
  );
}
