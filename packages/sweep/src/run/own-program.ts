import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config.ts';
import type { Study } from '../study/study.ts';
import type { CommandLine, Program, RunOrder } from './program.ts';

/** What a process of {@link ownPrograms} is told. */
export interface OwnOrder extends RunOrder {
  /** The study's file. */
  readonly file: string;
  readonly stage: string;
}

/**
 * The programs of a study's own functions, by name.
 *
 * @param file the study's file, which their processes read again
 */
export function ownPrograms(study: Study, file: string): Readonly<Record<string, Program>> {
  return Object.fromEntries(
    study.stages.flatMap(({ name: stage, run, program: name, paths }) =>
      run
        ? [
            [
              name,
              {
                name,
                inputs: (config) => inputsAt(config, paths),
                seed: 'seed',
                check: () => {},
                command: (order) => processOf({ ...order, file, stage }),
              } satisfies Program,
            ],
          ]
        : [],
    ),
  );
}

/** From source where this is source, else from what was built. */
function processOf(order: OwnOrder): CommandLine {
  const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const main = import.meta.url.endsWith('.ts')
    ? ['--conditions=@mnet/source', '--import', import.meta.resolve('tsx'), at('own-main.ts')]
    : [at('own-main.js')];
  return { file: process.execPath, args: [...main, JSON.stringify(order)] };
}

/** Of those keys that a config has as texts; references to other runs are none. */
function inputsAt(config: Config, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = config[key];
      if (typeof value !== 'string') return [];
      if (!existsSync(value))
        throw new Error(`${key}: got ${value}, takes the path of what is there`);
      return [[key, resolve(value)]];
    }),
  );
}
