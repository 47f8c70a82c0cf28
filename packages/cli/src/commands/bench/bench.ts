import { Command } from 'commander';
import { costCommand } from '../cost.ts';
import { accuracyCommand } from './accuracy.ts';
import { compareCommand } from './compare.ts';
import { latencyCommand } from './latency.ts';
import { memoryCommand } from './memory.ts';
import { reportCommand } from './report.ts';
import { sizeCommand } from './size.ts';
import { throughputCommand } from './throughput.ts';

/** `mnet bench` with all its commands, or `mnet-bench`. */
export function benchCommand(name: string): Command {
  return new Command(name)
    .description('Measures image networks on TensorFlow.js backends.')
    .addCommand(throughputCommand())
    .addCommand(latencyCommand())
    .addCommand(memoryCommand())
    .addCommand(accuracyCommand())
    .addCommand(sizeCommand())
    .addCommand(costCommand())
    .addCommand(compareCommand())
    .addCommand(reportCommand());
}
