import { type BackendName, backendNames, wholeFlag } from '@mnet/bench/cli';
import { type Command, Option } from 'commander';

/** Where an example computes. */
export interface RuntimeFlags {
  backend: BackendName;
  threads?: number;
}

/** Adds the flags of {@link RuntimeFlags}. */
export function addRuntimeFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--backend <name>', 'TensorFlow.js backend').choices(backendNames).default('mnet'),
    )
    .option('--threads <n>', 'threads that compute (default: one a core)', wholeFlag(1, 64));
}
