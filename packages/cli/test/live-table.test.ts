import { Writable } from 'node:stream';
import type { LiveRun } from '@mnet/sweep';
import { expect, it } from 'vitest';
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

it('breaks no line in a narrow terminal, and calls a run that is tried again so', () => {
  let text = '';
  const stream = Object.assign(
    new Writable({
      write(chunk: Buffer, _, done) {
        text += chunk.toString();
        done();
      },
    }),
    { isTTY: true, columns: 24, rows: 12 },
  );
  const table = liveTable(stream as unknown as NodeJS.WriteStream);
  const long = run('lr-0.123456-seed-1', 'stopped', { error: 'the disk is full' });
  table.show({ name: 'a', total: 1, runs: [long] });
  table.end();
  expect(text).toContain('lr-0.123456-seed-1  tri…\n');

  text = '';
  const lines = liveTable(Object.assign(stream, { isTTY: false }) as unknown as NodeJS.WriteStream);
  lines.show({ name: 'a', total: 1, runs: [run('x', 'running')] });
  lines.show({ name: 'a', total: 1, runs: [run('x', 'stopped', { error: 'no room\nat all' })] });
  expect(text).toBe('x: running  (0 of 1 complete)\nx: tried again  no room  (0 of 1 complete)\n');
});
