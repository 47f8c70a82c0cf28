import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReportRun } from '@mnet/bench';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupedBySeed } from '../src/runs/seed-groups.ts';
import { mnet } from './helpers/mnet.ts';

let dir: string;
const train = (name: string, more: string) =>
  mnet(
    ...`train --model mobilenet_v1 --width 0.1 --batch-norm-momentum 0.9 --dataset shapes10 --limit 40 --batch-size 20 --epochs 1 --runs ${dir} --name ${name} ${more}`.split(
      ' ',
    ),
  );

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-report-'));
  await train('net-seed-1', '--seed 1');
  await train('net-seed-2', '--seed 2');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('mnet report', () => {
  it("writes a run's report again, with all that the run noted", async () => {
    const run = join(dir, 'net-seed-1');
    const file = join(run, 'report.html');
    rmSync(file);
    const { status, stdout } = await mnet('report', run, '--title', 'again & again');
    expect([status, stdout]).toEqual([0, `report: ${file}\n`]);
    const page = readFileSync(file, 'utf8');
    expect(page).toContain('<h1>again &amp; again</h1>');
    expect(page).toMatch(/<dt>MACs<\/dt><dd>[\d.]+ M/);
    for (const part of ['Confusion matrix', 'Reliability', 'Training loss by step', 'ECE']) {
      expect(page).toContain(part);
    }
    expect(page).toContain('src="data:image/png;base64,');
  });

  it('shows the seeds of an experiment as their mean', async () => {
    const file = join(dir, 'all.html');
    const { status } = await mnet('report', dir, '--output', file);
    expect(status).toBe(0);
    const page = readFileSync(file, 'utf8');
    expect(page).toContain('<h2>net</h2>');
    expect(page).toContain('n = 2');
    expect(page.match(/<li class="card/g)).toHaveLength(1);
  });

  it('says what it takes', async () => {
    const [one, two] = [join(dir, 'net-seed-1'), join(dir, 'net-seed-2')];
    expect((await mnet('report', one, two)).stderr).toContain('--output: it is left out, takes');
    const nothing = join(dir, 'nothing');
    expect((await mnet('report', nothing)).stderr).toContain("nothing' holds no run");
    expect(existsSync(nothing)).toBe(false);
  });
});

describe('runs that differ by their seed', () => {
  const run = (name: string, options: object): ReportRun =>
    ({
      name,
      model: { name: 'net' },
      dataset: { name: 'set', classes: [] },
      options,
      objective: {},
      environment: {},
    }) as unknown as ReportRun;
  const groups = (...runs: ReportRun[]) => groupedBySeed(runs).map(({ group }) => group);

  it('are a group, named by what their names begin with', () => {
    const [a, b] = [run('kd-seed-1', { lr: 1, seed: 1 }), run('kd-seed-2', { lr: 1, seed: 2 })];
    expect(groups(a, b, run('other', { lr: 2, seed: 3 }))).toEqual(['kd', 'kd', undefined]);
    const tens = [10, 11].map((seed) => run(`kd-seed-${seed}`, { seed }));
    expect(groups(...tens)).toEqual(['kd', 'kd']);
    expect(groups(run('1', { seed: 1 }), run('2', { seed: 2 }))).toEqual(['net', 'net']);
  });

  it('are no group where another setting differs too, or nothing does', () => {
    expect(groups(run('a', { lr: 1, seed: 1 }), run('b', { lr: 2, seed: 2 }))).toEqual([
      undefined,
      undefined,
    ]);
    expect(groups(run('a', { seed: 1 }), run('b', { seed: 1 }))).toEqual([undefined, undefined]);
  });

  it('have another name than a run that stays alone', () => {
    const seeds = [1, 2].map((seed) => run(`kd-seed-${seed}`, { lr: 1, seed }));
    expect(groups(run('kd', { lr: 2, seed: 1 }), ...seeds)).toEqual([
      undefined,
      'kd-seed-1 and 1 more',
      'kd-seed-1 and 1 more',
    ]);
  });

  it('have names of their own where two groups begin alike', () => {
    const four = [1, 2].flatMap((lr) => [1, 2].map((seed) => run(`n-${lr}${seed}`, { lr, seed })));
    const [first, , third] = groups(...four);
    expect(first).not.toBe(third);
  });
});
