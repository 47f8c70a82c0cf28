import { randomUUID } from 'node:crypto';
import {
  type BenchResult,
  type MemoryResult,
  mergeRounds,
  parseResults,
  titleOf,
} from '@mnet/bench';
import type { Command } from 'commander';
import { networkWithWidth } from '../../networks/model-reference.ts';
import { benchProcess } from '../../program/bench-process.ts';
import { interruptSignal } from '../../program/interrupt.ts';
import { madeKeys } from '../measured-network.ts';
import type { Setting } from './settings.ts';

/** What the settings gave, and which gave nothing. */
export interface Measured {
  readonly results: (BenchResult | MemoryResult)[];
  /** What went wrong, one line a setting; of backends that are not installed it says how they are. */
  readonly failed: readonly string[];
}

/**
 * Measures all settings in turns, each time in a process of its own, and in every second round from the last to the first: a
 * machine that becomes slower meanwhile does so for all of them. Those that fail are left out from then on.
 *
 * @param command whose flags the processes get
 */
export async function inTurns(
  command: Command,
  settings: readonly Setting[],
  rounds: number,
): Promise<Measured> {
  const signal = interruptSignal('');
  const found = new Map<Setting, (BenchResult | MemoryResult)[]>(settings.map((s) => [s, []]));
  const failed: string[] = [];
  const absent = new Set<string>();
  for (let round = 1; round <= rounds; round++) {
    const left = [...found.keys()];
    for (const setting of round % 2 === 1 ? left : left.toReversed()) {
      if (absent.has(setting.backend)) {
        found.delete(setting);
        continue;
      }
      const result = await measured(command, setting, signal);
      if (typeof result !== 'string') {
        found.get(setting)?.push(result);
        const figure = result.kind === 'time' ? `${result.medianMs.toPrecision(4)} ms` : 'measured';
        console.error(`round ${round} of ${rounds}: ${titleOf(result)}: ${figure}`);
        continue;
      }
      found.delete(setting);
      if (/npm install /.test(result)) absent.add(setting.backend);
      failed.push(`${setting.model} on ${setting.backend}, batch ${setting.batch}: ${result}`);
      console.error(`not measured: ${failed.at(-1)}`);
    }
  }
  const session = randomUUID();
  const results = [...found.values()]
    .filter(({ length }) => length > 0)
    .map((each) => ({ ...inOne(each), session }));
  return { results, failed };
}

/** All rounds of one setting; of memory the round in the middle. */
function inOne(rounds: readonly (BenchResult | MemoryResult)[]): BenchResult | MemoryResult {
  const times = rounds.filter((each) => each.kind === 'time');
  if (times.length > 0) return mergeRounds(times);
  const memories = rounds
    .filter((each) => each.kind === 'memory')
    .toSorted((a, b) => a.aboveFloorBytes - b.aboveFloorBytes);
  return memories[Math.floor((memories.length - 1) / 2)] as MemoryResult;
}

/** The result of a setting, or why there is none. */
async function measured(
  command: Command,
  setting: Setting,
  signal: AbortSignal,
): Promise<BenchResult | MemoryResult | string> {
  const { status, stdout, stderr } = await benchProcess(wordsOf(command, setting), signal);
  if (status === 0) {
    const [result] = parseResults(stdout, `the process of ${setting.model}`);
    return result as BenchResult | MemoryResult;
  }
  const said = stderr.trim().split('\n');
  const error = said.find((line) => line.startsWith('error: ')) ?? said.at(-1) ?? '';
  return error.replace(/^error: /, '');
}

/** The command line of one setting. */
function wordsOf(command: Command, { model, backend, threads, batch }: Setting): string[] {
  const own = ['model', 'backend', 'backends', 'threads', 'batch', 'rounds', 'json'];
  const leftOut = new Set([...own, ...(networkWithWidth(model) === undefined ? madeKeys : [])]);
  const place = ['--model', model, '--backends', backend, '--batch', String(batch)];
  const count = threads === undefined ? [] : ['--threads', String(threads)];
  return [command.name(), ...givenFlags(command, leftOut), ...place, ...count, '--json', '-'];
}

/** The flags that the command line has, as it may be written again. */
function givenFlags(command: Command, leftOut: ReadonlySet<string>): string[] {
  const words = new Map<string, string[]>();
  for (const option of command.options) {
    const key = option.attributeName();
    if (leftOut.has(key) || command.getOptionValueSource(key) !== 'cli') continue;
    const value: unknown = command.getOptionValue(key);
    if (typeof value !== 'boolean') words.set(key, [option.long as string, String(value)]);
    else if (value !== option.negate) words.set(key, [option.long as string]);
  }
  return [...words.values()].flat();
}
