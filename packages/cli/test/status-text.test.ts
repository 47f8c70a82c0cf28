import {
  type QueuedRun,
  type QueuedStudy,
  queuedStates,
  type QueueStatus,
  type WorkerInfo,
} from '@mnet/sweep';
import { expect, it } from 'vitest';
import { statusText } from '../src/sweep/status-text.ts';

const study = (name: string, runs: readonly QueuedRun[]): QueuedStudy => {
  const counts = queuedStates.map((state) => [
    state,
    runs.filter((run) => run.state === state).length,
  ]);
  return {
    name,
    state: 'active',
    priority: 3,
    created: '2026-01-01T00:00:00.000Z',
    store: '/store',
    counts: Object.fromEntries(counts) as QueuedStudy['counts'],
    runs,
  };
};
const run = (id: string, state: QueuedRun['state'], more: Partial<QueuedRun> = {}): QueuedRun => ({
  id,
  stage: '',
  state,
  failures: 0,
  starts: 0,
  ...more,
});
const worker: WorkerInfo = {
  id: 'a',
  name: 'vm-1',
  host: 'vm',
  pid: 1,
  slots: 2,
  threads: 4,
  started: '2026-01-02T03:04:05.678Z',
  jobs: ['x', 'y'],
};

/** The rows of each table, by their cells. */
const shown = (given: Partial<QueueStatus>, withRuns: boolean): string[][][] => {
  const status = { place: 'redis://here', studies: [], workers: [], ...given };
  return statusText(status, queuedStates, withRuns)
    .split('\n\n')
    .map((table) => table.split('\n').map((line) => line.trim().split(/ {2,}/)))
    .map((rows) => rows.filter(([cell]) => !/^[-─ ]*$/.test(cell as string)));
};

it('has a column for each state that a run is in, in their order', () => {
  const studies = [
    study('a', [run('1', 'complete'), run('2', 'complete'), run('3', 'waiting')]),
    study('b', [run('1', 'failed')]),
  ];
  expect(shown({ studies, workers: [{ ...worker, version: '1.2.3' }, worker] }, false)).toEqual([
    [
      ['study', 'state', 'priority', 'waiting', 'complete', 'failed'],
      ['a', 'active', '3', '1', '2', '0'],
      ['b', 'active', '3', '0', '0', '1'],
    ],
    [
      ['worker', 'runs', 'slots', 'threads', 'version', 'since'],
      ['vm-1', '2', '2', '4', '1.2.3', '2026-01-02 03:04:05'],
      ['vm-1', '2', '2', '4', '2026-01-02 03:04:05'],
    ],
  ]);
});

it('has a row for each run where that is asked for, with the ends of a long reason', () => {
  const path = '/home/somebody/a/folder/of/a/store/that/is/rather/deep/config.json';
  const runs = [
    run('1', 'running', { epoch: 2, epochs: 5, validationAccuracy: 0.51236, worker: 'vm-1' }),
    run('2', 'retrying', { epoch: 0, failures: 2, reason: 'no room\nat all' }),
    run('3', 'failed', { reason: `${path}: the file cannot be written` }),
    run('4', 'waiting'),
  ];
  const [, rows] = shown({ studies: [study('a', runs)] }, true);
  expect(rows).toEqual([
    ['run', 'state', 'epochs', 'accuracy', 'failures', 'worker', 'why'],
    ['1', 'running', '2/5', '51.24%', '0', 'vm-1'],
    ['2', 'retrying', '0/?', '2', 'no room'],
    [
      '3',
      'failed',
      '0',
      '/home/somebody/a/folder/ … s/rather/deep/config.json: the file cannot be written',
    ],
    ['4', 'waiting', '0'],
  ]);
});

it('says that there is nothing', () => {
  expect(shown({}, false).flat()).toEqual([['no studies'], ['no workers']]);
});
