import { Option } from '@commander-js/extra-typings';
import { writeWhole } from '../write-whole.ts';
import type { BenchResult } from '../measure/result.ts';
import { backendNames } from './backends.ts';
import { wholeFlag } from './flags.ts';
import { type NetworkFlags, networkCommand } from './network-flags.ts';
import { textTable } from './table.ts';

/** A command that measures one network on one backend, but for what it measures. */
export function measuringCommand(name: string) {
  return networkCommand(name)
    .addOption(
      new Option('--backend <name>', 'TensorFlow.js backend')
        .choices(backendNames)
        .default('mnet' as const),
    )
    .option(
      '--threads <n>',
      'threads that compute (default: the backend decides)',
      wholeFlag(1, 1024),
    )
    .option('--json <file>', 'write one JSON object to this file instead of a table (- is stdout)');
}

/** Writes a result to where `--json` says, or as a table for people. */
export function showResult(
  result: BenchResult,
  network: NetworkFlags,
  json: string | undefined,
): void {
  const { width, classes, size, stem } = network;
  const text = `${JSON.stringify({ ...result, width, classes, size, stem })}\n`;
  if (json === '-') process.stdout.write(text);
  else if (json !== undefined) writeWhole(json, text);
  else console.log(resultTable(result, network));
}

function resultTable(result: BenchResult, { width, classes, size, stem }: NetworkFlags): string {
  const ms = (value: number): string => `${value.toPrecision(4)} ms`;
  const bytes = (value: number | null): string =>
    value === null ? '–' : `${(value / 2 ** 20).toFixed(1)} MiB`;
  const threads = result.threads === null ? '' : `, ${result.threads} threads`;
  return textTable([
    [`${result.model} ×${width}`, result.mode],
    [`${size}×${size}×3, ${classes} classes, ${stem} strides`, `batch ${result.batch}`],
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
