import type { Command } from 'commander';

type Values = Readonly<Record<string, unknown>>;

const withoutAugmentation = ({ augment }: Values): string | undefined =>
  augment === false ? '--no-augment, takes it without' : undefined;

/** Flags whose value does not say whether they were given, and what leaves them without effect. */
const idle: Readonly<Record<string, (values: Values) => string | undefined>> = {
  crop: withoutAugmentation,
  flip: withoutAugmentation,
  cutout: withoutAugmentation,
  nesterov({ optimizer, momentum }) {
    if (optimizer !== 'sgd') return `--optimizer ${String(optimizer)}, takes it with sgd`;
    return momentum === 0 ? '--momentum 0, takes it with one above 0' : undefined;
  },
  decay({ optimizer, weightDecay = optimizer === 'adamw' ? undefined : 0 }) {
    return weightDecay === 0 ? 'no weight decay, takes it with --weight-decay' : undefined;
  },
};

/**
 * Refuses flags of the command line that others leave without effect. In a configuration file they may stand: a run's own
 * has every value, also those that others have switched off.
 */
export function refuseIdle(command: Command): Command {
  return command.hook('preAction', () => {
    for (const [key, by] of Object.entries(idle)) {
      if (command.getOptionValueSource(key) !== 'cli') continue;
      const why = by(command.opts());
      if (why !== undefined) refuseFlag(command, key, `got it with ${why}`);
    }
  });
}

/** Ends the program with what is wrong with a flag that was given. */
export function refuseFlag(command: Command, key: string, why: string): never {
  const off = command.getOptionValue(key) === false;
  const ofKey = command.options.filter((each) => each.attributeName() === key);
  const given = ofKey.find((each) => each.negate === off) ?? ofKey[0];
  command.error(`error: ${given?.long}: ${why}`, { code: 'commander.conflictingOption' });
}
