import { type Command, Option } from 'commander';
import { writeWholeSync } from '@mnet/core/files';
import type { BenchResult } from '../measure/result.ts';
import { type BackendName, backendNames } from './backends.ts';
import { wholeFlag } from './flags.ts';
import { type Network, type NetworkFlags, networkCommand } from './network-flags.ts';
import { textTable } from './table.ts';

/** The flags of a command that measures one network on one backend. */
export interface MeasuringFlags extends NetworkFlags {
  backend: BackendName;
  threads?: number;
  batch: number;
  warmup: number;
  deploy: boolean;
  json?: string;
}

/** A command with the flags of {@link MeasuringFlags}, but for those whose defaults differ: batch and warmup. */
export function measuringCommand(name: string): Command {
  return networkCommand(name)
    .addOption(
      new Option('--backend <name>', 'TensorFlow.js backend').choices(backendNames).default('mnet'),
    )
    .option(
      '--threads <n>',
      'threads that compute (default: the backend decides)',
      wholeFlag(1, 64),
    )
    .option(
      '--no-deploy',
      'infer with the network as it was trained: batch normalization not folded, nothing recorded',
    )
    .option('--json <file>', 'write one JSON object to this file instead of a table (- is stdout)');
}

/** Writes a result to the file `json`, to stdout (`-`), or as a table for people. */
export function showResult(result: BenchResult, network: Network, json?: string): void {
  const text = `${JSON.stringify({ ...result, ...network.flags })}\n`;
  if (json === '-') process.stdout.write(text);
  else if (json !== undefined) writeWholeSync(json, text);
  else console.log(resultTable(result, network));
}

function resultTable(result: BenchResult, { title, sizes }: Network): string {
  const ms = (value: number): string => `${value.toPrecision(4)} ms`;
  const bytes = (value: number | null): string =>
    value === null ? '–' : `${(value / 2 ** 20).toFixed(1)} MiB`;
  const threads = result.threads === null ? '' : `, ${result.threads} threads`;
  return textTable([
    [title, result.mode],
    [sizes, `batch ${result.batch}`],
    [`${result.backend}${threads}`, `Node.js ${result.node ?? '–'}`],
    ['images per second', result.imagesPerSecond.toPrecision(4)],
    ['median', ms(result.medianMs)],
    ['95th percentile', ms(result.p95Ms)],
    ['mean', ms(result.meanMs)],
    ['standard deviation', ms(result.stdMs)],
    ['first run', ms(result.firstMs)],
    ['peak memory of the process', bytes(result.peakMemoryBytes)],
    ['heap of the backend', bytes(result.heapBytes)],
  ]);
}
