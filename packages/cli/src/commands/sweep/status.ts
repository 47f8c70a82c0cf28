import { Command } from 'commander';
import { addOutputFlags, type OutputFlags } from '../../flags/output.ts';
import { writeJson } from '../../program/write-json.ts';
import { addQueueFlags, type QueueFlags, withQueue } from '../../sweep/queue-flags.ts';
import { statusText } from '../../sweep/status-text.ts';

interface Flags extends QueueFlags, OutputFlags {}

/** `mnet sweep status` */
export function sweepStatusCommand(): Command {
  const command = new Command('status')
    .description('What a queue has: studies, workers, and of one study each run.')
    .argument('[study]', "a study's name (default: all, without their runs)");
  return addOutputFlags(addQueueFlags(command)).action(status);
}

async function status(study: string | undefined, flags: Flags): Promise<void> {
  const { json } = flags;
  const { queuedStates, queueStatus } = await import('@mnet/sweep');
  const seen = await withQueue(flags, (queue) => queueStatus(queue, study));
  if (json !== undefined) return writeJson(json, seen);
  console.log(statusText(seen, queuedStates, study !== undefined));
}
