import { optional, options, type Resolved, text } from '@mnet/core/options';
import type { Command } from 'commander';
import { addFlags } from './flag.ts';

const outputOptions = options({
  /** A file for the result as JSON instead of a table, or `-` for stdout. */
  json: optional(text('a file, or - for stdout')),
});

/** Where a result goes. */
export interface OutputFlags extends Resolved<typeof outputOptions> {}

/** Adds the flag of {@link OutputFlags}. */
export function addOutputFlags(command: Command): Command {
  return addFlags(command, outputOptions, {
    json: [
      '--json <file>',
      'write JSON to this file instead of a table (- is stdout)',
      { path: true },
    ],
  });
}
