import { measureThroughput, throughputOptions } from '@mnet/bench';
import { optional, options, type Resolved } from '@mnet/core/options';
import type { Command } from 'commander';
import { addFlags } from '../../flags/flag.ts';
import { useBackend } from '../../flags/backend.ts';
import { measuredNetwork } from '../measured-network.ts';
import { measuringCommand, type MeasuringFlags, showResult } from './measured.ts';

const flagOptions = options({
  ...throughputOptions.fields,
  /** What a step does, default `train`. */
  mode: optional(throughputOptions.fields.mode.takes, 'train'),
});

interface Flags
  extends MeasuringFlags,
    Pick<Resolved<typeof flagOptions>, 'mode' | 'batch' | 'steps' | 'warmup' | 'capture'> {}

/** `mnet bench throughput` */
export function throughputCommand(): Command {
  const command = measuringCommand('throughput').description(
    'Images per second in training (with Adam) or inference, on random pictures.',
  );
  return addFlags(command, flagOptions, {
    mode: ['--mode <mode>', 'what a step does'],
    batch: ['--batch <n>', 'images a step'],
    steps: ['--steps <n>', 'timed steps'],
    warmup: ['--warmup <n>', 'steps before them that do not count'],
    capture: ['--no-capture', 'train without recording steps and replaying them'],
  }).action(async (flags: Flags) => {
    await useBackend(flags.backend, flags.threads);
    const { mode, batch, steps, warmup, capture, deploy, json } = flags;
    const network = await measuredNetwork(flags);
    const settings = { mode, batch, steps, warmup, capture, deploy, name: network.name };
    await showResult(await measureThroughput(network.model, settings), network, json);
  });
}
