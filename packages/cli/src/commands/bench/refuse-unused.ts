import type { Command } from 'commander';
import { isDefault } from '../../flags/config-file.ts';
import { refuseFlag } from '../../flags/idle.ts';

/**
 * Refuses a flag that has no effect beside the others, where it was given.
 *
 * @param key of the flag
 * @param why what it was given with, and with what it is taken
 */
export function refuseUnused(command: Command, key: string, why: string): void {
  if (!isDefault(command, key)) refuseFlag(command, key, why);
}

/** Refuses the switches of the other mode: only inference is deployed, and only training is captured step by step. */
export function refuseOfOtherMode(command: Command): Command {
  return command.hook('preAction', () => {
    const mode = command.getOptionValue('mode') as string;
    const [key, other] = mode === 'train' ? ['deploy', 'infer'] : ['capture', 'train'];
    refuseUnused(command, key, `got it with --mode ${mode}, takes it with ${other}`);
  });
}
