import { isDeepStrictEqual } from 'node:util';
import { show } from '@mnet/core/check';
import type { Command } from 'commander';
import { decided, flagsOf } from '../flags/config-file.ts';
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
  const now = decided(command, []);
  const refuse = (key: string, same: string): never => {
    const { long } = flagsOf(command).get(key) ?? {};
    throw new Error(
      `${long}: ${dir} was made with ${show(then[key])}, got ${show(now[key])}; give ${same}, --overwrite, or another --name`,
    );
  };
  for (const key of own?.declared.keys ?? []) {
    if (own?.choosing?.includes(key) || isDeepStrictEqual(now[key], then[key])) continue;
    refuse(key, 'the same');
  }
  for (const [key, swept] of Object.entries(sweeps)) {
    // A sweep's folders have other names than those of a single training.
    if (swept(now) !== swept(then)) refuse(key, 'one or several, as it was');
  }
}

type Sweeps = Partial<Sweep>;

const sweeps = {
  widths: ({ widths }: Sweeps) => (widths?.length ?? 1) > 1,
  seeds: ({ seeds = 1 }: Sweeps) => seeds > 1,
};
