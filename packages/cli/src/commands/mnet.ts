import { Command } from 'commander';
import { version } from '../program/version.ts';
import { benchCommand } from './bench/bench.ts';
import { costCommand } from './cost.ts';

/** `mnet` with all its commands. */
export function mnetCommand(): Command {
  return new Command('mnet')
    .description('Trains, distils, evaluates, uses and measures efficient image networks.')
    .version(version)
    .addCommand(costCommand())
    .addCommand(benchCommand('bench'));
}
