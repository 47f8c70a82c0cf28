import { textTable } from '@mnet/bench/results';
import type { QueuedRun, QueuedStudy, QueueStatus, WorkerInfo } from '@mnet/sweep';

/**
 * What a queue has, as tables: its studies, and its workers.
 *
 * @param states in the order of the columns; those that no run has are left out
 * @param withRuns whether each run of the studies has a row too
 */
export function statusText(
  { studies, workers }: QueueStatus,
  states: readonly QueuedRun['state'][],
  withRuns: boolean,
): string {
  return [
    studies.length > 0 ? studiesTable(studies, states) : 'no studies',
    ...(withRuns ? studies.map(({ runs }) => runsTable(runs)) : []),
    workers.length > 0 ? workersTable(workers) : 'no workers',
  ].join('\n\n');
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
