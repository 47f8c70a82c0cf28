import { measureThroughput } from '@mnet/bench';
import { choice, integer, optional, options, type Resolved } from '@mnet/core/options';
import type { Command } from 'commander';
import { addFlags } from '../../flags/flag.ts';
import { useBackend } from '../../flags/backend.ts';
import { measuredNetwork } from '../measured-network.ts';
import { measuringCommand, type MeasuringFlags, showResult } from './measured.ts';

const count = integer({ min: 1 });
const throughputOptions = options({
  /** What a step does, default `train`. */
  mode: optional(choice(['train', 'infer']), 'train'),
  /** Images a step, default 128. */
  batch: optional(count, 128),
  /** Timed steps, default 8. */
  steps: optional(count, 8),
  /** Steps before them that do not count, default 2. */
  warmup: optional(count, 2),
});

interface Flags extends MeasuringFlags, Resolved<typeof throughputOptions> {}

/** `mnet bench throughput` */
export function throughputCommand(): Command {
  const command = measuringCommand('throughput').description(
    'Images per second in training (with Adam) or inference, on random pictures.',
  );
  return addFlags(command, throughputOptions, {
    mode: ['--mode <mode>', 'what a step does'],
    batch: ['--batch <n>', 'images a step'],
    steps: ['--steps <n>', 'timed steps'],
    warmup: ['--warmup <n>', 'steps before them that do not count'],
  }).action(async (flags: Flags) => {
    await useBackend(flags.backend, flags.threads);
    const { mode, batch, steps, warmup, deploy, json } = flags;
    const network = await measuredNetwork(flags);
    const settings = { mode, batch, steps, warmup, deploy, name: network.name };
    await showResult(await measureThroughput(network.model, settings), network, json);
  });
}
