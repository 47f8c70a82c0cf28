import { Command } from 'commander';
import { addCompletion } from '../program/completion.ts';
import { version } from '../program/version.ts';
import { benchCommand } from './bench/bench.ts';
import { classifyCommand } from './classify.ts';
import { compareCommand } from './compare.ts';
import { costCommand } from './cost.ts';
import { distillCommand } from './distill.ts';
import { evaluateCommand } from './evaluate.ts';
import { findLrCommand } from './find-lr.ts';
import { modelsCommand } from './models.ts';
import { quantizeCommand } from './quantize.ts';
import { reportCommand } from './report.ts';
import { sweepCommand } from './sweep/sweep.ts';
import { trainCommand } from './train.ts';
import { watchCommand } from './watch.ts';

/** `mnet` with all its commands. */
export function mnetCommand(): Command {
  const program = new Command('mnet')
    .description('Trains, distils, evaluates, uses and measures efficient image networks.')
    .version(version)
    .addCommand(trainCommand())
    .addCommand(distillCommand())
    .addCommand(findLrCommand())
    .addCommand(evaluateCommand())
    .addCommand(classifyCommand())
    .addCommand(compareCommand())
    .addCommand(reportCommand())
    .addCommand(quantizeCommand())
    .addCommand(watchCommand())
    .addCommand(sweepCommand())
    .addCommand(modelsCommand())
    .addCommand(costCommand())
    .addCommand(benchCommand('bench'));
  return addCompletion(program);
}
