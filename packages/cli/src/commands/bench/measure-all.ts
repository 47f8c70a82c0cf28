import type { AnyResult, BenchResult, MemoryResult } from '@mnet/bench';
import { resultFile } from '@mnet/bench';
import type { Command } from 'commander';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { writeJson } from '../../program/write-json.ts';
import { type MeasuredNetwork, measuredNetworks, sizesOf } from '../measured-network.ts';
import { useBackendSpec } from './backends.ts';
import { inTurns } from './in-turns.ts';
import type { MeasuringFlags } from './measuring.ts';
import { settingsOf } from './settings.ts';
import { oneTable, resultTables } from './tables.ts';

/** How one network is measured on the active backend. */
export type Measure = (
  make: () => Promise<LayersModel>,
  how: { readonly batch: number; readonly name: string },
) => Promise<BenchResult | MemoryResult>;

/**
 * Measures what the flags name and shows it: one network in one way in this process, more of them in turns, each in a process of
 * its own.
 */
export async function measureAll(
  command: Command,
  flags: MeasuringFlags,
  measure: Measure,
): Promise<void> {
  const settings = settingsOf(flags);
  const [only, ...others] = settings;
  if (only === undefined) return;
  if (others.length === 0 && flags.rounds === 1) {
    await useBackendSpec(only.backend, only.threads);
    const [network] = measuredNetworks(flags) as [MeasuredNetwork];
    let sizes = '';
    const make = async (): Promise<LayersModel> => {
      const model = await network.make();
      sizes = sizesOf(model, network);
      return model;
    };
    const result = await measure(make, { batch: only.batch, name: network.name });
    const on = only.backend.includes(':') ? { on: only.backend } : {};
    const told = toldOf(command, { ...result, ...on }, network);
    if (flags.json !== undefined) return writeJson(flags.json, resultFile([told]));
    console.log(oneTable(told, network.title, sizes));
    return;
  }
  const { results, failed } = await inTurns(command, settings, flags.rounds);
  if (results.length === 0) throw new Error(`nothing was measured: ${failed.join('; ')}`);
  await showResults(command, results, flags.json);
  const wrong = failed.filter((line) => !line.includes('npm install '));
  if (wrong.length > 0) throw new Error(`not measured: ${wrong.join('; ')}`);
}

/** Writes results to the file `json`, to stdout (`-`), or as tables for people. */
export async function showResults(
  command: Command,
  results: readonly AnyResult[],
  json: string | undefined,
): Promise<void> {
  if (json === undefined) console.log(resultTables(results));
  else await writeJson(json, resultFile(results.map((each) => withCommand(command, each))));
}

/** A result with what made its network, and the command. */
export function toldOf<R extends AnyResult>(
  command: Command,
  result: R,
  { flags }: Pick<MeasuredNetwork, 'flags'>,
): R {
  return withCommand(command, { ...result, ...flags });
}

function withCommand<R extends AnyResult>(command: Command, result: R): R {
  return { ...result, environment: { ...result.environment, command: wordsOf(command) } };
}

/** The words that started the command. */
function wordsOf(command: Command): string[] {
  let program = command;
  while (program.parent !== null) program = program.parent;
  // What commander was given; not in its types.
  const { rawArgs = [] } = program as unknown as { rawArgs?: string[] };
  return [program.name(), ...rawArgs.slice(2)];
}
