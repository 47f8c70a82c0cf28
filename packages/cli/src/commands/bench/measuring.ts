import { choice, integer, list, optional, options } from '@mnet/core/options';
import type { Command } from 'commander';
import { type BackendName, backendNames } from '../../flags/backend.ts';
import { addFlags } from '../../flags/flag.ts';
import { addOutputFlags, type OutputFlags } from '../../flags/output.ts';
import { measuredCommand, type MeasuredFlags } from '../measured-network.ts';
import { addBackendsFlag } from './backends.ts';

const many = integer({ min: 1 });

const placeOptions = options({
  /** The TensorFlow.js backend, default `mnet`. */
  backend: optional(choice(backendNames), 'mnet'),
  /** Threads that compute, or several counts of them; the backend decides where they are left out. */
  threads: optional(list(integer({ min: 1, max: 64 }), 'whole numbers from 1 to 64')),
});

const roundsOptions = options({
  /** How often all is measured, default 1. */
  rounds: optional(many, 1),
});

/** The flags of a command that measures networks on backends. */
export interface MeasuringFlags extends MeasuredFlags, OutputFlags {
  readonly backend: BackendName;
  readonly backends?: readonly string[];
  readonly threads?: readonly number[];
  readonly batch: readonly number[];
  readonly rounds: number;
}

/**
 * A command with the flags of {@link MeasuringFlags}.
 *
 * @param batch images a run where no flag says otherwise
 */
export function measuringCommand(name: string, batch: number): Command {
  const command = measuredCommand(name);
  addFlags(command, placeOptions, {
    backend: ['--backend <name>', 'TensorFlow.js backend'],
    threads: [
      '--threads <n>',
      'threads that compute, or several counts of them, as 1,2,4 (default: the backend decides)',
    ],
  });
  addBackendsFlag(command);
  const batchOptions = options({
    /** Images a run, or several counts of them. */
    batch: optional(list(many, 'a whole number from 1, or several with commas'), [batch]),
  });
  addFlags(command, batchOptions, {
    batch: ['--batch <n>', 'images a run, or several counts of them, as 1,8,32'],
  });
  addFlags(command, roundsOptions, {
    rounds: [
      '--rounds <n>',
      'measure all so often, in turns, each time in a process of its own; six or more can be compared',
    ],
  });
  return addOutputFlags(command);
}
