import { type Command, Option } from 'commander';
import { measureThroughput } from '../measure/measure.ts';
import type { Mode } from '../measure/result.ts';
import { useBackend } from './backends.ts';
import { wholeFlag } from './flags.ts';
import { measuringCommand, type MeasuringFlags, showResult } from './measured.ts';
import { networkOf } from './network-flags.ts';

interface Flags extends MeasuringFlags {
  mode: Mode;
  steps: number;
}

/** `mnet-bench throughput` */
export function throughputCommand(): Command {
  return measuringCommand('throughput')
    .description('Images per second in training (with Adam) or inference, on random pictures.')
    .addOption(
      new Option('--mode <mode>', 'what a step does').choices(['train', 'infer']).default('train'),
    )
    .option('--batch <n>', 'images a step', wholeFlag(1), 128)
    .option('--steps <n>', 'timed steps', wholeFlag(1), 8)
    .option('--warmup <n>', 'steps before them that do not count', wholeFlag(1), 2)
    .action(async (flags: Flags) => {
      await useBackend(flags.backend, flags.threads);
      const { mode, batch, steps, warmup, deploy, json } = flags;
      const network = await networkOf(flags);
      const options = { mode, batch, steps, warmup, deploy, name: network.name };
      showResult(await measureThroughput(network.model, options), network, json);
    });
}
