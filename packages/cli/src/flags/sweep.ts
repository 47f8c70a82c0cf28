import { integer, list, optional, options, type Resolved } from '@mnet/core/options';
import { architectureOptions } from '@mnet/models';
import type { Command } from 'commander';
import { addFlags } from './flag.ts';

const sweepOptions = options({
  /** From how many seeds everything is trained: `seed` and those after it; default 1. */
  seeds: optional(integer({ min: 1 }), 1),
  /** Width multipliers, each of which is trained; the one of `width` where they are left out. */
  widths: optional(
    list(architectureOptions.fields.width.takes, 'width multipliers, such as 0.25,0.5,1'),
  ),
});

/** What is repeated. */
export interface SweepFlags extends Resolved<typeof sweepOptions> {}

/** Adds the flags of {@link SweepFlags}. */
export function addSweepFlags(command: Command): Command {
  return addFlags(command, sweepOptions, {
    seeds: ['--seeds <n>', 'train everything from so many seeds: --seed and those after it'],
    widths: [
      '--widths <list>',
      'train everything at each of these width multipliers',
      { conflicts: 'width' },
    ],
  });
}
