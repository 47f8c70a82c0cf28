import { measureThroughput, throughputOptions } from '@mnet/bench';
import { optional, options, type Resolved } from '@mnet/core/options';
import type { Command } from 'commander';
import { addFlags } from '../../flags/flag.ts';
import { deployFlag } from './latency.ts';
import { measureAll } from './measure-all.ts';
import { measuringCommand, type MeasuringFlags } from './measuring.ts';
import { refuseOfOtherMode } from './refuse-unused.ts';

const flagOptions = options({
  ...throughputOptions.fields,
  /** What a step does, default `train`. */
  mode: optional(throughputOptions.fields.mode.takes, 'train'),
});

interface Flags
  extends MeasuringFlags,
    Pick<Resolved<typeof flagOptions>, 'mode' | 'steps' | 'warmup' | 'capture' | 'deploy'> {}

/** `mnet bench throughput` */
export function throughputCommand(): Command {
  const command = measuringCommand('throughput', flagOptions.fields.batch.fallback).description(
    'Images per second in training (with Adam) or inference, on random pictures.',
  );
  addFlags(command, flagOptions, {
    mode: ['--mode <mode>', 'what a step does'],
    steps: ['--steps <n>', 'timed steps'],
    warmup: ['--warmup <n>', 'steps before them that do not count'],
    capture: ['--no-capture', 'train without recording steps and replaying them'],
    deploy: deployFlag,
  });
  return refuseOfOtherMode(command).action((flags: Flags) =>
    measureAll(command, flags, async (make, how) => {
      const { mode, steps, warmup, capture, deploy } = flags;
      return measureThroughput(await make(), { ...how, mode, steps, warmup, capture, deploy });
    }),
  );
}
