import { show } from '@mnet/core/check';
import type { Command } from 'commander';
import { flagsOf } from '../flags/config-file.ts';
import { keptFlags } from '../runs/kept-flags.ts';
import type { Experiment } from './experiment.ts';
import type { Sweep } from './jobs.ts';

/**
 * Refuses to go on with an experiment where its trainings would not notice by themselves that a flag is another one.
 *
 * @param dir its folder; nothing is refused where it keeps no flags
 * @throws naming the flag, what it was and what it is
 */
export function checkResumed<Own>(dir: string, { own }: Experiment<Own>, command: Command): void {
  const then = keptFlags(dir);
  if (then === undefined) return;
  const flags = flagsOf(command);
  const now = command.opts<Sweep>();
  const refuse = (key: string, why: string): never => {
    const [had, got] = [then[key], flags.get(key)?.keep(command.getOptionValue(key))];
    throw new Error(
      `${flags.get(key)?.long}: ${dir} was made with ${show(had)}, got ${show(got)}; ${why}, --overwrite, or another --name`,
    );
  };
  for (const key of own?.declared.keys ?? []) {
    if (own?.choosing?.includes(key)) continue;
    const value = flags.get(key)?.keep(command.getOptionValue(key));
    if (JSON.stringify(value) !== JSON.stringify(then[key])) refuse(key, 'give the same');
  }
  for (const [key, swept] of Object.entries(sweeps)) {
    // A sweep's folders have other names than those of a single training.
    if (swept(now) !== swept(then as unknown as Sweep))
      refuse(key, 'give one, or several, as it was');
  }
}

const sweeps = {
  widths: ({ widths }: Sweep) => (widths?.length ?? 1) > 1,
  seeds: ({ seeds }: Sweep) => seeds > 1,
};
