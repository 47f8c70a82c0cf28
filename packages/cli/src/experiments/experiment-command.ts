import { Command } from 'commander';
import { addBackendFlags } from '../flags/backend.ts';
import { addConfigFlag } from '../flags/config-file.ts';
import { addDataFlags } from '../flags/data.ts';
import { addFlags } from '../flags/flag.ts';
import { addMakingFlags } from '../flags/network.ts';
import { addRunFlags } from '../flags/runs.ts';
import { addSweepFlags } from '../flags/sweep.ts';
import { addTrainingFlags, unusedFlags } from '../flags/training.ts';
import { version } from '../program/version.ts';
import type { Experiment } from './experiment.ts';
import type { ExperimentFlags } from './experiment-flags.ts';
import { runArms } from './run-arms.ts';

/** The command line of an experiment. Every key of its configuration is a flag. */
export function experimentCommand<Own>(experiment: Experiment<Own>): Command {
  const { name, description, defaults, own } = experiment;
  const command = new Command(name).description(
    `${description} Writes RUNS/NAME/{results.json, report.html, flags.json}, and each training as \`mnet train\` does.`,
  );
  if (own) addFlags(command, own.declared, own.flags);
  addMakingFlags(command);
  addRunFlags(addTrainingFlags(addDataFlags(command)), name);
  addConfigFlag(addBackendFlags(addSweepFlags(command)));
  for (const [key, value] of Object.entries(defaults)) setDefault(command, key, value);
  return command
    .version(version, '-V, --version', 'print the version of the packages')
    .helpOption('-h, --help', 'explain every flag')
    .hook('preAction', () => leaveOutIdleDefaults(command))
    .action((flags: ExperimentFlags & Own) => runArms(experiment, flags, command));
}

/** @throws where a command has no such flag, as of a key that is misspelt. */
function setDefault(command: Command, key: string, value: unknown): void {
  const option = command.options.find((each) => each.attributeName() === key);
  if (!option) throw new Error(`defaults: no flag feeds '${key}'`);
  option.default(value, Array.isArray(value) ? value.join(',') : undefined);
  command.setOptionValueWithSource(key, value, 'default');
}

/**
 * Leaves out defaults of the experiment that have no effect beside what a user gives: widths beside one width, the
 * milestones of a schedule beside another schedule.
 */
function leaveOutIdleDefaults(command: Command): void {
  const isDefault = (key: string): boolean => command.getOptionValueSource(key) === 'default';
  const idle: string[] = unusedFlags(command.opts()).map(({ key }) => key);
  const hasWidth = command.getOptionValue('width') !== undefined && !isDefault('width');
  for (const key of [...idle, ...(hasWidth ? ['widths'] : [])]) {
    if (isDefault(key)) command.setOptionValueWithSource(key, undefined, 'default');
  }
}
