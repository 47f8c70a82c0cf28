import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { cifar100Source, cifar10Source, type CifarSource } from '@mnet/data-cifar';
import {
  type Config,
  isRunOf,
  ownPrograms,
  type Program,
  type Programs,
  type Study,
} from '@mnet/sweep';
import type { Command } from 'commander';
import { checkDistillation, distillCommand } from '../commands/distill.ts';
import { trainCommand } from '../commands/train.ts';
import { checkedData } from '../flags/data.ts';
import { flagsOf, takeSettings } from '../flags/config-file.ts';
import type { Flag } from '../flags/flag.ts';
import { goingOn } from '../flags/runs.ts';
import { trainOptionsOf } from '../flags/training.ts';
import { heldOutAsInAll } from '../networks/load-for-saved.ts';
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
function programOf(name: string, make: () => Command, checkFlags: (flags: never) => void): Program {
  const flags = flagsOf(make());
  return {
    name,
    seed: 'seed',
    inputs: (config, open) => inputsOf(config, flags, open),
    follows: (config, open) => heldOutOf(config, flags, open),
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
        .action((given: unknown) => checkFlags(given as never));
      takeSettings(command, withPlaces(config, flags));
      command.parse([], { from: 'user' });
    },
    command({ folder, configFile, threads, untilEpoch, anyBuild }) {
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
          ...(anyBuild ? ['--allow-other-build'] : []),
          ...(untilEpoch === undefined ? [] : ['--pause-after', String(untilEpoch)]),
        ],
      };
    },
  };
}

/** What a run reads: whatever its flags name as a path, and CIFAR. */
function inputsOf(
  config: Config,
  flags: ReadonlyMap<string, Flag>,
  open: readonly string[] = [],
): Record<string, string> {
  const inputs: Record<string, string> = {};
  for (const [key, flag] of flags) {
    const value = config[key];
    if (!flag.path || decidedHere.has(key) || key === 'dataDir' || typeof value !== 'string')
      continue;
    const path = flag.keep(value) as string;
    // A network's name stays as it is.
    if (!isAbsolute(path)) continue;
    if (!existsSync(path)) throw new Error(`${key}: got ${value}, takes the path of what is there`);
    inputs[key] = path;
  }
  return { ...inputs, ...cifarOf(config, flags, open) };
}

/** The flags that name networks, of which runs may have held pictures out, the one that counts most first. */
const networks = ['model', 'student', 'teacher'];

/** What is held out as in the runs of the networks that a run begins with. */
function heldOutOf(
  config: Config,
  flags: ReadonlyMap<string, Flag>,
  open: readonly string[] = [],
): Config {
  const paths = networks.flatMap((key) => {
    const value = config[key];
    const path = typeof value === 'string' ? flags.get(key)?.keep(value) : undefined;
    return typeof path === 'string' && isAbsolute(path) ? [path] : [];
  });
  const isKnown = !['data', 'dataset'].some((key) => open.includes(key) || isRunOf(config[key]));
  if (paths.length === 0 || !isKnown) return {};
  const isOpen = (key: string): boolean => config[key] === undefined && !open.includes(key);
  const held = Object.entries(heldOutAsInAll(paths, checkedData(config), isOpen));
  return Object.fromEntries(
    held.filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

const cifarSets = { cifar10: cifar10Source, cifar100: cifar100Source };

/** CIFAR, where a run reads it: also by the flags' defaults, which are those of the worker's command too. */
function cifarOf(
  config: Config,
  flags: ReadonlyMap<string, Flag>,
  open: readonly string[],
): Record<string, string> {
  const keys = ['dataset', 'data', 'dataDir'] as const;
  if (keys.some((key) => config[key] === undefined && open.includes(key))) return {};
  const [name, pictures, dir] = keys.map((key) => config[key] ?? flags.get(key)?.defaultValue);
  const set = cifarSets[name as keyof typeof cifarSets];
  return set && pictures === undefined ? { dataDir: cifarAt(String(dir), set) } : {};
}

/** The folder of a set's unpacked files, or its archive. */
function cifarAt(given: string, { folder, archive, train: [first] }: CifarSource): string {
  const dir = userPath(given);
  if (first && existsSync(join(dir, first.name))) return dir;
  for (const path of [join(dir, folder), join(dir, archive)]) if (existsSync(path)) return path;
  if (existsSync(dir) && statSync(dir).isFile()) return dir;
  throw new Error(
    `dataDir: got ${dir}, takes a folder with ${folder} or ${archive}: the data must be here too, since workers know it by its digest`,
  );
}

/** A config whose references to other runs are paths, as a check takes them before those runs are there. */
function withPlaces(config: Config, flags: ReadonlyMap<string, Flag>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      if (!isRunOf(value)) return [key, value];
      if (flags.get(key)?.path) return [key, `./${value.runOf}`];
      throw new Error(`${key}: got runOf ${value.runOf}, takes it where a path is taken`);
    }),
  );
}
