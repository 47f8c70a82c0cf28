import { latencyOptions, measureLatency } from '@mnet/bench';
import type { Resolved } from '@mnet/core/options';
import type { Command } from 'commander';
import { addFlags } from '../../flags/flag.ts';
import { useBackend } from '../../flags/backend.ts';
import { measuredNetwork } from '../measured-network.ts';
import { measuringCommand, type MeasuringFlags, showResult } from './measured.ts';

interface Flags
  extends MeasuringFlags,
    Pick<Resolved<typeof latencyOptions>, 'batch' | 'runs' | 'warmup'> {}

/** `mnet bench latency` */
export function latencyCommand(): Command {
  const command = measuringCommand('latency').description(
    'Milliseconds for one prediction, each run timed to its last byte.',
  );
  return addFlags(command, latencyOptions, {
    batch: ['--batch <n>', 'images a run'],
    runs: ['--runs <n>', 'timed runs'],
    warmup: ['--warmup <n>', 'runs before them that do not count'],
  }).action(async (flags: Flags) => {
    await useBackend(flags.backend, flags.threads);
    const { batch, runs, warmup, deploy, json } = flags;
    const network = await measuredNetwork(flags);
    const settings = { batch, runs, warmup, deploy, name: network.name };
    await showResult(await measureLatency(network.model, settings), network, json);
  });
}
