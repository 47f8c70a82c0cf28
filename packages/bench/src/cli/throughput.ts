import { Option } from '@commander-js/extra-typings';
import { measureThroughput } from '../measure/measure.ts';
import { useBackend } from './backends.ts';
import { wholeFlag } from './flags.ts';
import { measuringCommand, showResult } from './measured.ts';
import { networkOf } from './network-flags.ts';

/** `mnet-bench throughput` */
export function throughputCommand() {
  return measuringCommand('throughput')
    .description('Images per second in training (with Adam) or inference, on random pictures.')
    .addOption(
      new Option('--mode <mode>', 'what a step does')
        .choices(['train', 'infer'] as const)
        .default('train' as const),
    )
    .option('--batch <n>', 'images a step', wholeFlag(1), 128)
    .option('--steps <n>', 'timed steps', wholeFlag(1), 8)
    .option('--warmup <n>', 'steps before them that do not count', wholeFlag(1), 2)
    .action(async (flags) => {
      await useBackend(flags.backend, flags.threads);
      const { mode, batch, steps, warmup, model: name } = flags;
      const options = { mode, batch, steps, warmup, name };
      showResult(await measureThroughput(networkOf(flags), options), flags, flags.json);
    });
}
