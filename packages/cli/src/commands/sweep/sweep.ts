import { Command } from 'commander';
import { sweepReportCommand } from './report.ts';
import { sweepRunCommand } from './run.ts';

/** `mnet sweep` */
export function sweepCommand(): Command {
  return new Command('sweep')
    .description('Makes many runs of one study: a grid, seeds, or a search.')
    .addCommand(sweepRunCommand())
    .addCommand(sweepReportCommand());
}
