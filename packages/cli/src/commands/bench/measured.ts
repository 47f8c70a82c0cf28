import { type BenchResult, latencyOptions } from '@mnet/bench';
import type { Resolved } from '@mnet/core/options';
import type { Command } from 'commander';
import { addFlags } from '../../flags/flag.ts';
import { addOutputFlags, type OutputFlags } from '../../flags/output.ts';
import { addBackendFlags, type BackendFlags } from '../../flags/backend.ts';
import { textTable } from '../../program/text-table.ts';
import { writeJson } from '../../program/write-json.ts';
import { measuredCommand, type MeasuredFlags, type MeasuredNetwork } from '../measured-network.ts';

/** The flags of a command that measures one network on one backend. */
export interface MeasuringFlags
  extends MeasuredFlags,
    BackendFlags,
    OutputFlags,
    Pick<Resolved<typeof latencyOptions>, 'deploy'> {}

/** A command with the flags of {@link MeasuringFlags}. */
export function measuringCommand(name: string): Command {
  const command = addBackendFlags(measuredCommand(name));
  addFlags(command, latencyOptions, {
    deploy: [
      '--no-deploy',
      'infer with the network as it was trained: batch normalization not folded, nothing recorded',
    ],
  });
  return addOutputFlags(command);
}

/** Writes a result to the file `json`, to stdout (`-`), or as a table for people. */
export async function showResult(
  result: BenchResult,
  network: MeasuredNetwork,
  json?: string,
): Promise<void> {
  if (json === undefined) console.log(resultTable(result, network));
  else await writeJson(json, { ...result, ...network.flags });
}

function resultTable(result: BenchResult, { title, sizes }: MeasuredNetwork): string {
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
