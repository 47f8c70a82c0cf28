import { join } from 'node:path';
import { divergedCode } from '@mnet/cli';
import { chosen, examplesIn } from '../examples.ts';
import { interrupted, runExample, stoppedBy } from '../program.ts';
import { wordsOf } from '../words.ts';
import type { Row } from './catalogue.ts';
import { energyMeter } from './energy.ts';
import { isBegun, noteCommand } from './made-alone.ts';
import { methodOf } from './trials.ts';

/** What is the same for all rows that are made. */
export interface Making {
  /** The folder of all runs. */
  readonly runs: string;
  /** Where the data is; for rows that have none of their own. */
  readonly dataDir?: string | undefined;
  readonly download?: boolean | undefined;
  readonly threads?: number | undefined;
  /** In place of the row's own. */
  readonly seed?: number | undefined;
  readonly seeds?: number | undefined;
  /** Some of them: the others are made another time. */
  readonly onlySeeds?: readonly number[] | undefined;
  /** Some of the row's methods. */
  readonly onlyMethods?: readonly string[] | undefined;
  /** Whether nothing else runs on the machine; default: nobody says so. */
  readonly alone?: boolean | undefined;
}

/** A row that was made. */
export interface Made {
  /** Its folder of runs. */
  readonly dir: string;
  /** What it took; undefined where it was not made in one go. */
  readonly cost?: Cost | undefined;
}

/** What all of a row took, loading and tests among it. */
export interface Cost {
  readonly seconds: number;
  /** Of the whole processors; only where the machine tells. */
  readonly joules?: number;
}

/** The folder of a row's runs; of other seeds than its own it is another one. */
export function runsOf({ name }: Row, { runs, seed, seeds }: Making): string {
  const own = [
    seed === undefined ? [] : [`seed-${seed}`],
    seeds === undefined ? [] : [`n-${seeds}`],
  ];
  return join(runs, [name, ...own.flat()].join('-'));
}

/** What the row's example is told, without further trainings of methods that are left out. */
function flagsOf({ flags }: Row, methods: Making['onlyMethods']): Row['flags'] {
  const also = flags['also'] as readonly string[] | undefined;
  if (methods === undefined || also === undefined) return flags;
  const still = also.filter((name) => methods.includes(methodOf(name)));
  return { ...flags, also: still.length > 0 ? still : undefined };
}

/**
 * Makes a row, or goes on with one that was begun: its experiment as a program of its own.
 *
 * @throws where the experiment fails, or a signal stops it
 */
export async function make(row: Row, making: Making): Promise<Made> {
  const [example] = chosen(examplesIn(new URL('../../../', import.meta.url)), [row.example]);
  if (example === undefined) throw new Error(`${row.name}: there is no example ${row.example}`);
  const dir = runsOf(row, making);
  const { runs, dataDir, download, threads, seed = 1, seeds = row.seeds } = making;
  const { onlySeeds, onlyMethods: methods } = making;
  const of = flagsOf(row, methods);
  const given = { seeds, seed, onlySeeds, ...of, methods, dataDir, download, threads };
  const words = Object.entries(given).flatMap(([key, value]) =>
    value === undefined ? [] : wordsOf(key, value),
  );
  const name = dir.slice(runs.length + 1);
  const goesOn = isBegun(dir);
  const place = [`--runs=${runs}`, `--name=${name}`, ...(goesOn ? ['--resume'] : [])];
  noteCommand(dir, making.alone ?? false);
  const begun = performance.now();
  const energy = energyMeter();
  const { code, signal } = await runExample(example, [...words, ...place]);
  const seconds = (performance.now() - begun) / 1000;
  const joules = energy?.stop();
  const by = stoppedBy({ code, signal });
  if (by !== undefined) throw interrupted(by, 'the same command goes on');
  // What diverged has no result, which is one too.
  if (code !== 0 && code !== divergedCode)
    throw new Error(`${row.name}: ${row.example} failed (${signal ?? `exit code ${code}`})`);
  return { dir, ...(!goesOn && { cost: { seconds, ...(joules !== undefined && { joules }) } }) };
}
