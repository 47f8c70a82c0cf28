import { measureMemory, memoryOptions } from '@mnet/bench';
import type { Resolved } from '@mnet/core/options';
import type { Command } from 'commander';
import { addFlags } from '../../flags/flag.ts';
import { deployFlag } from './latency.ts';
import { measureAll } from './measure-all.ts';
import { measuringCommand, type MeasuringFlags } from './measuring.ts';
import { refuseOfOtherMode } from './refuse-unused.ts';

interface Flags
  extends MeasuringFlags,
    Pick<Resolved<typeof memoryOptions>, 'mode' | 'steps' | 'capture' | 'deploy'> {}

/** `mnet bench memory` */
export function memoryCommand(): Command {
  const command = measuringCommand('memory', memoryOptions.fields.batch.fallback).description(
    'Memory that a network takes in inference or training, above what the process had before it.',
  );
  addFlags(command, memoryOptions, {
    mode: ['--mode <mode>', 'what a step does'],
    steps: ['--steps <n>', 'steps that are made'],
    capture: ['--no-capture', 'train without recording steps and replaying them'],
    deploy: deployFlag,
  });
  return refuseOfOtherMode(command).action((flags: Flags) =>
    measureAll(command, flags, (make, how) => {
      const { mode, steps, capture, deploy } = flags;
      return measureMemory(make, { ...how, mode, steps, capture, deploy });
    }),
  );
}
