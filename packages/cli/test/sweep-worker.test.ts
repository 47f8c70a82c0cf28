import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventLine } from '../src/sweep/event-line.ts';
import { mnet } from './helpers/mnet.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-sweep-worker-'));
afterAll(() => rmSync(dir, { recursive: true }));
beforeEach(() => void vi.stubEnv('MNET_QUEUE', undefined));
afterEach(() => void vi.unstubAllEnvs());

it('says when what happened to which run, and at which attempt', () => {
  const at = new Date('2026-01-02T03:04:05.678Z');
  const event = { kind: 'taken', study: 'a', run: 'lr-1', message: 'from its start' } as const;
  expect(eventLine({ ...event, attempt: 1 }, at)).toBe(
    '2026-01-02 03:04:05  taken a/lr-1: from its start',
  );
  expect(eventLine({ ...event, attempt: 3 }, at)).toContain('taken a/lr-1 (attempt 3): from');
  expect(eventLine({ kind: 'note', message: 'no connection' }, at)).toBe(
    '2026-01-02 03:04:05  note: no connection',
  );
});

describe('mnet sweep worker', () => {
  const work = (...args: string[]) =>
    mnet('sweep', 'worker', '--store', join(dir, 'store'), ...args);

  it('needs a queue, by its flag or its variable', async () => {
    expect(await work()).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('--queue: got none, takes the URL of a Redis') as string,
    });
    expect((await mnet('sweep', 'worker')).stderr).toContain("required option '--store <place>");
    vi.stubEnv('MNET_QUEUE', 'http://localhost');
    const wrong = await work();
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining('redis://')]);
    expect(wrong.stderr).not.toContain('got none');
  });

  it('reads the study whose functions it is to run before it takes any', async () => {
    const none = await work('--study', join(dir, 'none.ts'));
    expect([none.status, none.stderr]).toEqual([1, expect.stringContaining('none.ts')]);
    const file = join(dir, 'own.mjs');
    writeFileSync(file, "export default { name: 'own', run: async () => {} };\n");
    // All is well with it; what is missing is the queue.
    expect((await work('--study', file)).stderr).toContain('--queue: got none');
  });

  it('refuses what is out of range', async () => {
    for (const [flag, value, takes] of [
      ['--slots', '0', 'whole number from 1'],
      ['--lease', '0.1', 'a number from 0.2'],
    ] as const) {
      const { stderr, status } = await work(flag, value);
      expect([status, stderr]).toEqual([2, expect.stringContaining(takes)]);
    }
  });
});

describe('mnet sweep run', () => {
  it('takes with a queue a store, and refuses flags that would do nothing', async () => {
    const file = join(dir, 'study.json');
    const base = { model: 'mobilenet_v1', dataset: 'shapes10' };
    writeFileSync(file, JSON.stringify({ name: 'study', base }));
    const run = (...args: string[]) => mnet('sweep', 'run', file, '--runs', dir, ...args);
    const queue = ['--queue', 'redis://localhost'];
    const none = await run(...queue);
    expect([none.status, none.stderr]).toEqual([
      1,
      expect.stringContaining('--store: got none, takes with --queue a folder'),
    ]);
    const idle = await run(...queue, '--store', join(dir, 'no'), '--slots', '2');
    expect(idle.stderr).toContain('--slots: got it with --queue');
    expect((await run('--priority', '3')).stderr).toContain('--priority: got it without --queue');
    expect((await run('--store', join(dir, 'no'))).stderr).toContain('--queue: got none');
    expect(existsSync(join(dir, 'study'))).toBe(false);
  });

  it('lists what runs need and what a search asks for without making one', async () => {
    const file = join(dir, 'searched.json');
    const base = { dataset: 'shapes10', width: 0.1 };
    const ranges = { lr: { logUniform: [0.01, 0.3] } };
    const search = { randomSearch: { ranges, trials: 5 } };
    const teacher = { base: { ...base, model: 'mobilenet_v1' } };
    const student = {
      program: 'distill',
      base: { ...base, student: 'mobilenet_v1', teacher: { runOf: 'teacher' } },
    };
    const dry = async (study: object): Promise<string[]> => {
      writeFileSync(file, JSON.stringify({ name: 'searched', ...study }));
      const { stdout } = await mnet('sweep', 'run', file, '--runs', dir, '--dry-run');
      return stdout.trimEnd().split('\n').slice(-3);
    };
    const stages = { teacher, student, search: { ...teacher, search } };
    const [needing, ...rest] = await dry({ stages });
    expect(needing).toMatch(/^student +distill +teacher$/);
    expect(rest).toEqual(['search: 5 trials of lr', '2 runs and what the search asks for']);
    expect(await dry({ ...teacher, search })).toEqual([
      'a search: 5 trials of lr',
      '0 runs and what the search asks for',
    ]);
    expect((await dry(teacher)).at(-1)).toBe('1 run');
    expect(existsSync(join(dir, 'searched'))).toBe(false);
  });
});
