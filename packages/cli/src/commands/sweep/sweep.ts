import { Command } from 'commander';
import {
  sweepCancelCommand,
  sweepContinueCommand,
  sweepPauseCommand,
  sweepRemoveCommand,
} from './control.ts';
import { sweepReportCommand } from './report.ts';
import { sweepRunCommand } from './run.ts';
import { sweepStatusCommand } from './status.ts';
import { sweepWorkerCommand } from './worker.ts';

/** `mnet sweep` */
export function sweepCommand(): Command {
  return new Command('sweep')
    .description('Makes many runs of one study, a grid, seeds or a search, on one machine or many.')
    .addCommand(sweepRunCommand())
    .addCommand(sweepReportCommand())
    .addCommand(sweepWorkerCommand())
    .addCommand(sweepStatusCommand())
    .addCommand(sweepPauseCommand())
    .addCommand(sweepContinueCommand())
    .addCommand(sweepCancelCommand())
    .addCommand(sweepRemoveCommand());
}
