import { textTable } from '@mnet/bench/results';
import type { QueuedRun, QueuedStudy, WorkerInfo } from '@mnet/sweep';
import { Command } from 'commander';
import { addOutputFlags, type OutputFlags } from '../../flags/output.ts';
import { writeJson } from '../../program/write-json.ts';
import { addQueueFlags, type QueueFlags, withQueue } from '../../sweep/queue-flags.ts';

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
  const { studies, workers } = seen;
  const parts = [
    studies.length > 0 ? studiesTable(studies, queuedStates) : 'no studies',
    ...(study === undefined ? [] : studies.map(({ runs }) => runsTable(runs))),
    workers.length > 0 ? workersTable(workers) : 'no workers',
  ];
  console.log(parts.join('\n\n'));
}

function studiesTable(
  studies: readonly QueuedStudy[],
  states: readonly QueuedRun['state'][],
): string {
  const used = states.filter((state) => studies.some(({ counts }) => counts[state] > 0));
  return textTable([
    ['study', 'state', 'priority', ...used],
    ...studies.map(({ name, state, priority, counts }) => [
      name,
      state,
      String(priority),
      ...used.map((each) => String(counts[each])),
    ]),
  ]);
}

function runsTable(runs: readonly QueuedRun[]): string {
  return textTable([
    ['run', 'state', 'epochs', 'accuracy', 'failures', 'worker', 'why'],
    ...runs.map(({ id, state, epoch, epochs, validationAccuracy, failures, worker, reason }) => [
      id,
      state,
      epoch === undefined ? '' : `${epoch}/${epochs ?? '?'}`,
      validationAccuracy === undefined ? '' : `${(100 * validationAccuracy).toFixed(2)}%`,
      String(failures),
      worker ?? '',
      inShort(reason?.split('\n', 1)[0] ?? ''),
    ]),
  ]);
}

function workersTable(workers: readonly WorkerInfo[]): string {
  return textTable([
    ['worker', 'runs', 'slots', 'threads', 'version', 'since'],
    ...workers.map(({ name, jobs, slots, threads, version, started }) => [
      name,
      String(jobs.length),
      String(slots),
      String(threads),
      version ?? '',
      started.slice(0, 19).replace('T', ' '),
    ]),
  ]);
}

/** Of an error that begins with a long path, what is wrong stands at its end. */
function inShort(text: string): string {
  return text.length > 80 ? `${text.slice(0, 24)} … ${text.slice(-53)}` : text;
}
