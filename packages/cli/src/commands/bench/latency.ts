import { latencyOptions, measureLatency } from '@mnet/bench';
import type { Resolved } from '@mnet/core/options';
import type { Command } from 'commander';
import { addFlags } from '../../flags/flag.ts';
import { measureAll } from './measure-all.ts';
import { measuringCommand, type MeasuringFlags } from './measuring.ts';

interface Flags
  extends MeasuringFlags,
    Pick<Resolved<typeof latencyOptions>, 'runs' | 'warmup' | 'deploy'> {}

/** `mnet bench latency` */
export function latencyCommand(): Command {
  const command = measuringCommand('latency', latencyOptions.fields.batch.fallback).description(
    'Milliseconds for one prediction, each run timed to its last byte.',
  );
  return addFlags(command, latencyOptions, {
    runs: ['--runs <n>', 'timed runs'],
    warmup: ['--warmup <n>', 'runs before them that do not count'],
    deploy: deployFlag,
  }).action((flags: Flags) =>
    measureAll(command, flags, async (make, how) => {
      const { runs, warmup, deploy } = flags;
      return measureLatency(await make(), { ...how, runs, warmup, deploy });
    }),
  );
}

/** How `deploy` is said. */
export const deployFlag = [
  '--no-deploy',
  'infer with the network as it was trained: batch normalization not folded, nothing recorded',
] as const;
