import { Writable } from 'node:stream';
import type { LiveRun } from '@mnet/sweep';
import { expect, it, onTestFinished, vi } from 'vitest';
import { liveTable, pictureOf } from '../src/sweep/live-table.ts';

const run = (id: string, state: LiveRun['state'], more: Partial<LiveRun> = {}): LiveRun => ({
  id,
  stage: '',
  program: 'train',
  config: {},
  values: {},
  needs: [],
  state,
  failures: 0,
  ...more,
});

it('shows runs under way, then what failed, then what was begun last', () => {
  const runs = [
    run('first', 'complete', { since: 1000 }),
    run('second', 'complete', { since: 2000 }),
    run('third', 'failed', { since: 1500, error: 'no' }),
    run('fourth', 'running', { since: 3000 }),
  ];
  const picture = pictureOf({ name: 'a', total: 5, runs }, 10_000, 3);
  const ids = picture.split('\n').map((line) => line.split(' ', 1)[0]);
  expect(ids.slice(2)).toEqual(['fourth', 'third', 'second', 'and', 'a:']);
  expect(picture).toContain('and 1 more');
});

it('shows how far runs are, for how long they have run, and how many there are of each state', () => {
  const now = 10_000_000;
  const progress = (epoch: number, share: number) => ({ epoch, epochs: 3, share });
  const runs = [
    run('seconds', 'running', { since: now - 59_400, progress: progress(1, 0.255) }),
    run('minutes', 'running', { since: now - 3_599_000, progress: progress(0, 0), value: 0.51239 }),
    run('hours', 'running', { since: now - 7_505_000, progress: progress(3, 1) }),
    run('unknown', 'running'),
    run('paused', 'paused', { since: 1 }),
    run('complete', 'complete', { since: 3 }),
    run('earlier', 'complete'),
    run('stopped', 'stopped'),
    run('skipped', 'skipped'),
    run('failed', 'failed'),
    run('waiting', 'waiting'),
  ];
  const cells = pictureOf({ name: 'a', total: 20, runs }, now, 20)
    .split('\n')
    .slice(2)
    .map((line) => line.trim().split(/ {2,}/));
  expect(cells).toEqual([
    ['seconds', 'running', '1+26%/3', '59 s'],
    ['minutes', 'running', '0/3', '0.5124', '59 min'],
    ['hours', 'running', '3/3', '2 h 5 min'],
    ['unknown', 'running'],
    ['failed', 'failed'],
    ['skipped', 'skipped'],
    ['stopped', 'stopped'],
    ['complete', 'complete'],
    ['earlier', 'complete'],
    ['paused', 'paused'],
    ['a: 2 complete, 4 running, 1 paused, 1 stopped, 1 failed, 1 skipped, of 20'],
  ]);
  expect(pictureOf({ name: 'a', total: 2, runs: [] }, now, 20)).toContain('a: nothing begun, of 2');
});

/** What is written to a stream, as a terminal of this size or, without one, as a file. */
function written(terminal?: { columns?: number; rows?: number }) {
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      told.text += chunk.toString();
      done();
    },
  });
  Object.assign(stream, { isTTY: terminal !== undefined, ...terminal });
  const told = { text: '', table: liveTable(stream as NodeJS.WriteStream) };
  return told;
}

it('breaks no line in a narrow terminal, and calls a run that is tried again so', () => {
  const told = written({ columns: 24, rows: 12 });
  const long = run('lr-0.123456-seed-1', 'stopped', { error: 'the disk is full' });
  told.table.show({ name: 'a', total: 1, runs: [long] });
  told.table.end();
  expect(told.text).toContain('lr-0.123456-seed-1  tri…\n');
});

it('draws a terminal anew once in a while, with what stands then, and leaves the end standing', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const told = written({});
  const at = (epoch: number) => {
    const runs = [run('x', 'running', { progress: { epoch, epochs: 9, share: 0 } })];
    told.table.show({ name: 'a', total: 1, runs });
  };
  at(1);
  at(2);
  expect(told.text).toBe('');
  vi.runAllTimers();
  expect(told.text).toContain('2/9');
  expect(told.text).not.toContain('1/9');
  at(3);
  told.table.end();
  expect(told.text).toContain('3/9');
  const { text } = told;
  told.table.end();
  vi.runAllTimers();
  expect(told.text).toBe(text);
});

it('keeps at least four runs in a terminal that is too low for them', () => {
  const told = written({ rows: 5 });
  const runs = ['1', '2', '3', '4', '5'].map((id) => run(`run-${id}`, 'running'));
  told.table.show({ name: 'a', total: 5, runs });
  told.table.end();
  expect(told.text).toContain('run-4');
  expect(told.text).not.toContain('run-5');
  expect(told.text).toContain('and 1 more');
});

it('leaves a terminal alone that it had nothing to show in', () => {
  const told = written({});
  told.table.end();
  expect(told.text).toBe('');
});

it('writes a line for each run that begins or ends where there is no terminal', () => {
  const told = written();
  const show = (...runs: LiveRun[]) => told.table.show({ name: 'a', total: 3, runs });
  // One that ended before is no news.
  show(run('x', 'running', { value: 0.5 }), run('y', 'waiting'), run('z', 'complete'));
  show(run('x', 'stopped', { error: 'no room\nat all' }), run('y', 'running'));
  show(run('x', 'running', { error: 'no room' }), run('y', 'complete', { value: 0.75 }));
  show(run('x', 'running', { value: 0.6 }), run('y', 'complete', { value: 0.75 }));
  show(run('x', 'failed', { value: 0.6, error: '' }), run('y', 'complete', { value: 0.75 }));
  told.table.end();
  expect(told.text.split('\n')).toEqual([
    'x: running  (1 of 3 complete)',
    'x: tried again  no room  (0 of 3 complete)',
    'y: running  (0 of 3 complete)',
    'x: running  (1 of 3 complete)',
    'y: complete  0.7500  (1 of 3 complete)',
    'x: failed  0.6000    (1 of 3 complete)',
    '',
  ]);
});
