import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mnet, type Outcome } from './helpers/mnet.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-find-lr-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const small =
  '--model mobilenet_v1 --width 0.1 --batch-norm-momentum 0.9 --dataset shapes10 --limit 100 --batch-size 20';
const find = (name: string, more = ''): Promise<Outcome> =>
  mnet('find-lr', ...`${small} --runs ${dir} --name ${name} ${more}`.trim().split(' '));

interface Written {
  readonly network: string;
  readonly optimizer: { readonly name?: string };
  readonly points: readonly { rate: number; loss: number; smoothed: number }[];
  readonly suggestion?: number;
}
const written = (name: string): Written =>
  JSON.parse(readFileSync(join(dir, name, 'lr.json'), 'utf8')) as Written;

describe('mnet find-lr', () => {
  it('suggests a rate, and writes the curve down', async () => {
    const run = await find('a', '--steps 20 --from 1e-4 --to 0.5 --optimizer sgd --momentum 0.5');
    expect(run.status).toBe(0);
    const { network, points, suggestion } = written('a');
    expect(network).toBe('mobilenet_v1');
    expect(points.length).toBeLessThanOrEqual(20);
    expect(points[0]?.rate).toBe(1e-4);
    expect(points.map(({ rate }) => rate)).toEqual(
      points.map(({ rate }) => rate).toSorted((a, b) => a - b),
    );
    expect(points.map(({ rate }) => rate)).toContain(suggestion);
    expect(run.stdout).toContain(`suggestion: --lr ${suggestion?.toPrecision(2)},`);
    expect(run.stdout).toMatch(/learning rate +loss +smoothed/);
    const page = readFileSync(join(dir, 'a', 'lr.html'), 'utf8');
    expect(page).toContain(`suggestion, ${suggestion?.toPrecision(2)}`);
    expect(page).toContain('loss of each batch');
    expect(page).not.toMatch(/<script|https?:\/\//);
  });

  it('gives the same twice, and another curve with another seed', async () => {
    for (const [name, seed] of [
      ['b', 3],
      ['c', 3],
      ['d', 4],
    ] as const) {
      await find(name, `--steps 10 --seed ${seed}`);
    }
    expect(written('c').points).toEqual(written('b').points);
    expect(written('d').points).not.toEqual(written('b').points);
  });

  it('heeds the optimizer, the augmentation and the label smoothing', async () => {
    const flags = ['', '--optimizer sgd', '--no-augment', '--label-smoothing 0.2'];
    const curves: unknown[] = [];
    for (const [i, more] of flags.entries()) {
      const run = await find(`e${i}`, `--steps 10 ${more}`);
      expect(run.stderr).not.toContain('error');
      curves.push(written(`e${i}`).points);
    }
    for (const [i, curve] of curves.entries()) {
      for (const other of curves.slice(i + 1)) expect(curve).not.toEqual(other);
    }
  });

  it('takes a configuration file, and replaces results only where it shall', async () => {
    const config = join(dir, 'config.json');
    writeFileSync(config, JSON.stringify({ steps: 11, to: 0.1 }));
    expect((await find('f', `--config ${config}`)).status).toBe(0);
    expect(written('f').points.at(-1)?.rate).toBeLessThanOrEqual(0.1 * (1 + 1e-12));
    const before = readFileSync(join(dir, 'f', 'lr.json'), 'utf8');
    const refused = await find('f', '--steps 12');
    expect(refused.stderr).toMatch(/lr\.json is there already; give --overwrite/);
    expect(readFileSync(join(dir, 'f', 'lr.json'), 'utf8')).toBe(before);
    expect((await find('f', '--steps 12 --overwrite')).status).toBe(0);
    expect(written('f').points).toHaveLength(12);
  });

  it.each([
    ['--steps 5', /'5' is invalid.*whole number from 10/s, 2],
    ['--lr 0.1', /unknown option '--lr'/, 2],
    ['--from 0.5 --to 0.1', /to: got 0\.1, takes a rate above from, 0\.5/, 1],
    ['--optimizer adam --momentum 0.9', /--momentum: got it with --optimizer adam, takes it/, 1],
    ['--no-augment --mixup 0.2', /--mixup: got it with --no-augment/, 1],
  ])('refuses %s, and writes nothing', async (more, message, status) => {
    const run = await find('g', more);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(status);
    expect(existsSync(join(dir, 'g'))).toBe(false);
  });
});
