import { Command } from 'commander';
import { costCommand } from '../cost.ts';
import { latencyCommand } from './latency.ts';
import { throughputCommand } from './throughput.ts';

/** `mnet bench` with all its commands, or `mnet-bench`. */
export function benchCommand(name: string): Command {
  return new Command(name)
    .description('Measures image networks on TensorFlow.js backends.')
    .addCommand(throughputCommand())
    .addCommand(latencyCommand())
    .addCommand(costCommand());
}
