import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunRecord } from '@mnet/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configDifferences } from '../src/runs/config-differences.ts';
import { mnet } from './helpers/mnet.ts';

let dir: string;
const made = (name: string, more: string) =>
  mnet(
    ...`train --model mobilenet_v1 --width 0.1 --batch-norm-momentum 0.9 --dataset shapes10 --limit 40 --batch-size 20 --epochs 1 --runs ${dir} --name ${name} ${more}`.split(
      ' ',
    ),
  );

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-compare-'));
  await made('a', '--lr 0.01');
  await made('b', '--lr 0.02 --label-smoothing 0.1');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const [a, b] = [() => join(dir, 'a'), () => join(dir, 'b')];

describe('mnet compare', () => {
  it('shows what runs have reached and where their settings differ', async () => {
    const report = join(dir, 'page.html');
    const { status, stdout } = await mnet('compare', a(), b(), '--report', report);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^a +mobilenet_v1 +finished +\d/m);
    expect(stdout).toMatch(/^options\.optimizer\.learningRate +0\.01 +0\.02$/m);
    expect(stdout).toMatch(/^objective\.labelSmoothing +0 +0\.1$/m);
    expect(stdout).not.toMatch(/seed|date|fingerprint/);
    const page = readFileSync(report, 'utf8');
    for (const name of ['a', 'b']) expect(page).toContain(`>${name}<`);
  });

  it('gives the same as JSON', async () => {
    const { stdout } = await mnet('compare', a(), b(), '--json', '-');
    const { runs, differences } = JSON.parse(stdout) as {
      runs: { name: string; epochs: number; testAccuracy: number }[];
      differences: { key: string; values: string[] }[];
    };
    expect(runs).toMatchObject([
      { name: 'a', status: 'finished', epochs: 1, network: 'mobilenet_v1' },
      { name: 'b', status: 'finished', epochs: 1 },
    ]);
    expect(runs[0]?.testAccuracy).toBeGreaterThanOrEqual(0);
    expect(differences).toContainEqual({
      key: 'options.optimizer.learningRate',
      values: ['0.01', '0.02'],
    });
  });

  it('names what is no run, and a run that is given twice', async () => {
    expect((await mnet('compare', join(dir, 'no'))).stderr).toContain("no' holds no run");
    expect((await mnet('compare', a(), a())).stderr).toContain('takes each folder once');
    expect((await mnet('compare')).stderr).toContain("missing required argument 'runs'");
  });
});

describe('differences of settings', () => {
  const run = (options: object): RunRecord =>
    ({
      model: { name: 'net', layers: [String(Math.random())] },
      dataset: { name: 'set', classes: ['x', 'y'], fingerprints: {} },
      options,
      objective: { name: 'crossEntropy' },
      environment: { node: 'v20' },
      date: String(Math.random()),
    }) as unknown as RunRecord;

  it('are told by path; a list is one value, and one that is missing counts', () => {
    const one = run({ lr: 1, rule: { name: 'sgd', momentum: 0.9 }, at: [1, 2] });
    const other = run({ lr: 1, rule: { name: 'adam' }, at: [1, 3] });
    expect(configDifferences([one, other, one])).toEqual([
      { key: 'options.rule.name', values: ['"sgd"', '"adam"', '"sgd"'] },
      { key: 'options.rule.momentum', values: ['0.9', undefined, '0.9'] },
      { key: 'options.at', values: ['[1,2]', '[1,3]', '[1,2]'] },
    ]);
    expect(configDifferences([one, run({ ...(one.options as object) })])).toEqual([]);
    expect(configDifferences([one])).toEqual([]);
  });
});
