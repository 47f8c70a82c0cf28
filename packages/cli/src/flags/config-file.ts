import { readFileSync, statSync } from 'node:fs';
import { show } from '@mnet/core/check';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { userPath } from '../program/user-path.ts';
import { Flag } from './flag.ts';

/** The largest file that can be a configuration. */
const mostBytes = 2 ** 20;

/**
 * Adds `--config FILE` to a command that has its flags: JSON, an object with the keys of these flags in camelCase. A flag
 * on the command line wins over the file, wherever it stands, also over those of the file that it excludes.
 */
export function addConfigFlag(command: Command): Command {
  const flags = flagsOf(command);
  for (const [key, flag] of flags) {
    command.on(`option:${flag.name()}`, () => {
      for (const rival of rivalsOf(key, flags)) {
        if (command.getOptionValueSource(rival) !== 'config') continue;
        const fallback: unknown = flags.get(rival)?.defaultValue;
        command.setOptionValueWithSource(rival, fallback, 'default');
      }
    });
  }
  return command.addOption(
    new Option(
      '--config <file>',
      'JSON with the keys of these flags in camelCase (batchSize); a flag beside it wins',
    ).argParser((file) => {
      takeConfig(command, file);
      return file;
    }),
  );
}

function takeConfig(command: Command, file: string): void {
  takeSettings(command, readConfig(userPath(file)));
}

/**
 * Gives a command the settings of a configuration, as `--config` does.
 *
 * @throws InvalidArgumentError for a key that the command has not, or a value that it does not take
 */
export function takeSettings(command: Command, settings: Readonly<Record<string, unknown>>): void {
  const flags = flagsOf(command);
  for (const [key, value] of Object.entries(settings)) {
    const flag = flags.get(key);
    if (flag === undefined) {
      throw new InvalidArgumentError(
        `unknown key '${key}', takes ${[...flags.keys()].join(', ')}.`,
      );
    }
    let taken: unknown;
    try {
      taken = flag.takes.check(value, key);
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message}.`);
    }
    const said = [key, ...rivalsOf(key, flags)];
    if (said.some((each) => command.getOptionValueSource(each) === 'cli')) continue;
    command.setOptionValueWithSource(key, taken, 'config');
  }
}

/** The keys that exclude this one, or that it excludes. */
function rivalsOf(key: string, flags: ReadonlyMap<string, Flag>): string[] {
  const excluding = [...flags].filter(([, flag]) => flag.excludes.includes(key));
  return [...(flags.get(key)?.excludes ?? []), ...excluding.map(([other]) => other)];
}

/**
 * Reads a configuration file.
 *
 * @throws InvalidArgumentError that says what is wrong with it
 */
export function readConfig(path: string): Record<string, unknown> {
  let value: unknown;
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new Error('it is no file');
    if (stats.size > mostBytes) throw new Error(`it has ${stats.size} bytes, takes ${mostBytes}`);
    value = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InvalidArgumentError(code === 'ENOENT' ? 'There is no such file.' : `${message}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError(`It has ${show(value)}, takes an object.`);
  }
  return value as Record<string, unknown>;
}

/** Whether neither the command line nor a configuration has given a flag. */
export function isDefault(command: Command, key: string): boolean {
  return [undefined, 'default'].includes(command.getOptionValueSource(key));
}

/** The flags of a command that a configuration has, by key. */
export function flagsOf(command: Command): ReadonlyMap<string, Flag> {
  const flags = command.options.filter((option) => option instanceof Flag);
  return new Map(flags.map((flag) => [flag.attributeName(), flag]));
}

/**
 * What was decided for a command, by key, for a file that `--config` takes: from the command line, a file, or by
 * default. Paths are whole ones. What conflicts with a flag that is given is left out where it is only a default.
 *
 * @param leaveOut keys that are none of the run's, such as `resume`
 */
export function decided(command: Command, leaveOut: readonly string[]): Record<string, unknown> {
  const flags = flagsOf(command);
  const beside = new Set(
    [...flags].flatMap(([key, flag]) => (isDefault(command, key) ? [] : flag.excludes)),
  );
  return Object.fromEntries(
    [...flags].flatMap(([key, flag]) => {
      const value: unknown = command.getOptionValue(key);
      if (value === undefined || leaveOut.includes(key)) return [];
      if (beside.has(key) && isDefault(command, key)) return [];
      return [[key, flag.keep(value)]];
    }),
  );
}
