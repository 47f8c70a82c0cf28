import type { Command } from 'commander';
import { measureLatency } from '../measure/measure.ts';
import { useBackend } from './backends.ts';
import { wholeFlag } from './flags.ts';
import { measuringCommand, type MeasuringFlags, showResult } from './measured.ts';
import { networkOf } from './network-flags.ts';

interface Flags extends MeasuringFlags {
  runs: number;
}

/** `mnet-bench latency` */
export function latencyCommand(): Command {
  return measuringCommand('latency')
    .description('Milliseconds for one prediction, each run timed to its last byte.')
    .option('--batch <n>', 'images a run', wholeFlag(1), 1)
    .option('--runs <n>', 'timed runs', wholeFlag(1), 50)
    .option('--warmup <n>', 'runs before them that do not count', wholeFlag(1), 10)
    .action(async (flags: Flags) => {
      await useBackend(flags.backend, flags.threads);
      const { batch, runs, warmup, deploy, json } = flags;
      const network = await networkOf(flags);
      const options = { batch, runs, warmup, deploy, name: network.name };
      showResult(await measureLatency(network.model, options), network, json);
    });
}
