import { integer, list, optional, options, type Resolved } from '@mnet/core/options';
import { architectureOptions } from '@mnet/models';
import type { Command } from 'commander';
import { addFlags } from './flag.ts';

const sweepOptions = options({
  /** From how many seeds everything is trained: `seed` and those after it; default 1. */
  seeds: optional(integer({ min: 1 }), 1),
  /** Some of these seeds: the others are left for another time, or another machine; default all. */
  onlySeeds: optional(list(integer({ min: 0 }), 'some of the seeds, such as 1,3')),
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
    onlySeeds: [
      '--only-seeds <list>',
      'train only these of the seeds, as the whole would; the others another time',
    ],
    widths: [
      '--widths <list>',
      'train everything at each of these width multipliers',
      { conflicts: 'width' },
    ],
  });
}
