import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
