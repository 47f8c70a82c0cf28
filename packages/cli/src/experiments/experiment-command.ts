import { Command } from 'commander';
import { addBackendFlags } from '../flags/backend.ts';
import { addConfigFlag } from '../flags/config-file.ts';
import { isDrawn } from '../data/drawn-sets.ts';
import { addDataFlags, type DataFlags } from '../flags/data.ts';
import { addFlags } from '../flags/flag.ts';
import { addMakingFlags } from '../flags/network.ts';
import { addRunFlags } from '../flags/runs.ts';
import { addSweepFlags } from '../flags/sweep.ts';
import { refuseIdle } from '../flags/idle.ts';
import { addTrainingFlags, unusedFlags } from '../flags/training.ts';
import { version } from '../program/version.ts';
import { addCheckFlag } from './check-flag.ts';
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
  addCheckFlag(addConfigFlag(addBackendFlags(addSweepFlags(command))));
  for (const [key, value] of Object.entries(defaults)) setDefault(command, key, value);
  command
    .version(version, '-V, --version', 'print the version of the packages')
    .helpOption('-h, --help', 'explain every flag')
    .hook('preAction', () => {
      const more = experiment.defaultsFor?.(command.opts()) ?? {};
      for (const [key, value] of Object.entries(more)) setDefault(command, key, value);
      leaveOutIdleDefaults(command);
    });
  return refuseIdle(command).action((flags: ExperimentFlags & Own) =>
    runArms(experiment, flags, command),
  );
}

/** @throws where a command has no such flag, as of a key that is misspelt. */
function setDefault(command: Command, key: string, value: unknown): void {
  const option = command.options.find((each) => each.attributeName() === key);
  if (!option) throw new Error(`defaults: no flag feeds '${key}'`);
  option.default(value, Array.isArray(value) ? value.join(',') : undefined);
  if (isGiven(command, key)) return;
  command.setOptionValueWithSource(key, value, 'default');
}

/**
 * Leaves out defaults of the experiment that have no effect beside what a user gives: widths beside one width, the
 * milestones of a schedule beside another schedule, pictures that are held out beside drawn ones, which have their own.
 */
function leaveOutIdleDefaults(command: Command): void {
  const idle: string[] = unusedFlags(command.opts()).map(({ key }) => key);
  if (isGiven(command, 'width')) idle.push('widths');
  if (isDrawn(command.getOptionValue('dataset') as DataFlags['dataset'])) idle.push('validation');
  for (const key of idle) {
    if (!isGiven(command, key)) command.setOptionValueWithSource(key, undefined, 'default');
  }
}

/** Whether a user said what a flag is, and not its default. */
function isGiven(command: Command, key: string): boolean {
  const source = command.getOptionValueSource(key);
  return source !== undefined && source !== 'default' && command.getOptionValue(key) !== undefined;
}
