import type { Command } from 'commander';

/** Adds `--check`, which is in no configuration: it says what is done now, and nothing of the experiment. */
export function addCheckFlag(command: Command): Command {
  return command.option('--check', 'only check the flags: no data is loaded, nothing is written');
}

/** Whether the flags are only checked; that they fit is then said, for it is called where all are checked. */
export function onlyChecks(command: Command): boolean {
  const only = command.getOptionValue('check') === true;
  if (only) console.log('the flags fit');
  return only;
}
