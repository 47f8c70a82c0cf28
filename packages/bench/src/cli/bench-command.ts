import { Command } from 'commander';
import { costCommand } from './cost.ts';
import { latencyCommand } from './latency.ts';
import { throughputCommand } from './throughput.ts';

/** `mnet-bench` with all its commands. */
export function benchCommand(version: string): Command {
  return new Command('mnet-bench')
    .description('Measures image networks on TensorFlow.js backends.')
    .version(version)
    .addCommand(throughputCommand())
    .addCommand(latencyCommand())
    .addCommand(costCommand());
}
