import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArmResult, type Experiment, experimentCommand, networkArm } from '@mnet/cli';
import { distill, hintonKd } from '@mnet/distill';
import { runPaths } from '@mnet/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobsOf } from '../src/experiments/jobs.ts';
import { armTable } from '../src/experiments/results.ts';
import { networkFor } from '../src/experiments/arm.ts';
import { inProcess, type Outcome } from './helpers/mnet.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-experiments-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const taught: Experiment = {
  name: '99-taught',
  description: 'Teaches in small.',
  defaults: { dataset: 'shapes10', epochs: 2, width: 0.1, strides: 'paper', lr: 0.01 },
  arms: [
    networkArm('teacher', 'mobilenet_v1'),
    {
      name: 'student',
      async train({ flags, data, options, earlier }) {
        const model = networkFor('mobilenet_v2', flags, data);
        const { labelSmoothing: _, ...rest } = options;
        const losses = [hintonKd()];
        const { record } = await distill(model, {
          ...rest,
          teacher: earlier('teacher').model,
          data,
          losses,
          evaluateTeacher: false,
        });
        return { model, record };
      },
    },
  ],
  published: [{ arm: 'student', testAccuracy: 0.7 }],
};

const small = '--limit 40 --batch-size 20 --batch-norm-momentum 0.9';

const run = (experiment: Experiment, line: string): Promise<Outcome> =>
  inProcess(experimentCommand(experiment), `${small} --runs ${dir} ${line}`.split(' '));

const resultsOf = (name: string): ArmResult[] => {
  const text = readFileSync(join(dir, name, 'results.json'), 'utf8');
  return (JSON.parse(text) as { results: ArmResult[] }).results;
};

describe('an experiment', () => {
  it('trains its arms for each seed, and later arms take what earlier ones have left', async () => {
    const outcome = await run(taught, '--seeds 2 --seed 5 --epochs 1 --name two');
    expect(outcome.status).toBe(0);
    const results = resultsOf('two');
    expect(results.map(({ arm, seed }) => [arm, seed])).toEqual([
      ['teacher', 5],
      ['student', 5],
      ['teacher', 6],
      ['student', 6],
    ]);
    for (const folder of ['teacher-seed-5', 'student-seed-5', 'teacher-seed-6', 'student-seed-6']) {
      expect(existsSync(join(runPaths(join(dir, 'two', folder)).model, 'model.json'))).toBe(true);
    }
    expect(outcome.stdout).toMatch(/student +0\.1 +2 .* ± .*% .*70\.00%/);
    expect(readFileSync(join(dir, 'two', 'report.html'), 'utf8')).toContain('99-taught');
  });

  it('goes on where it stopped, and with its own flags', async () => {
    const name = 'again';
    await run(taught, `--epochs 1 --name ${name}`);
    const before = resultsOf(name);
    expect((await run(taught, `--epochs 1 --name ${name}`)).stderr).toContain('is there already');
    const config = join(dir, name, 'flags.json');
    rmSync(join(dir, name, 'student'), { recursive: true });
    const again = await inProcess(experimentCommand(taught), ['--config', config, '--resume']);
    expect(again.status).toBe(0);
    const timeless = (list: ArmResult[]) => list.map((each) => ({ ...each, secondsPerEpoch: 0 }));
    expect(timeless(resultsOf(name))).toEqual(timeless(before));
  });

  it('shows its own defaults in its help, and refuses flags as mnet does', async () => {
    const help = await inProcess(experimentCommand(taught), ['--help']);
    expect(help.stdout).toMatch(/--epochs <n> .*\(default: 2\)/);
    expect(help.stdout).toMatch(/--dataset <name>[^]*?default: "shapes10"/);
    expect((await run(taught, '--epochs 0 --name no')).stderr).toContain('whole number from 1');
    expect((await run(taught, '--widths 0.1,0.1 --name no')).stderr).toContain(
      '--widths: got 0.1,0.1, takes each width once',
    );
    expect((await run(taught, '--momentum 0.5 --name no')).stderr).toContain('takes it with sgd');
    expect(existsSync(join(dir, 'no'))).toBe(false);
  });

  it('refuses a default that no flag has', () => {
    const wrong = { ...taught, defaults: { epoch: 3 } as object };
    expect(() => experimentCommand(wrong)).toThrow("defaults: no flag feeds 'epoch'");
  });
});

describe('jobs', () => {
  const flags = { seed: 3, seeds: 1 } as Parameters<typeof jobsOf>[1];

  it('have in their folder what differs, and none where there is one', () => {
    const folders = (arms: number, changes: object): string[] =>
      jobsOf(taught.arms.slice(0, arms), { ...flags, ...changes }).map(({ folder }) => folder);
    expect(folders(1, {})).toEqual(['']);
    expect(folders(2, {})).toEqual(['teacher', 'student']);
    expect(folders(1, { widths: [0.5, 1] })).toEqual(['width-0.5', 'width-1']);
    expect(folders(1, { seeds: 2, widths: [0.5] })).toEqual(['seed-3', 'seed-4']);
    expect(folders(2, { seeds: 2, widths: [0.5, 1] })).toHaveLength(8);
  });

  it('are of the width that is swept, else of the width that is given', () => {
    const widths = (changes: object): number[] =>
      jobsOf(taught.arms.slice(0, 1), { ...flags, ...changes }).map(({ width }) => width);
    expect(widths({ width: 0.75 })).toEqual([0.75]);
    expect(widths({ width: 0.75, widths: [0.1, 1] })).toEqual([0.1, 1]);
  });
});

it('a table has means over seeds, with the deviation of several, beside what others report', () => {
  const one: ArmResult = {
    arm: 'a',
    width: 1,
    seed: 1,
    network: 'net',
    parameters: 1234,
    macs: 5e6,
    status: 'finished',
    epochs: 2,
    testAccuracy: 0.5,
    secondsPerEpoch: 4,
  };
  const { testAccuracy: _, ...untested } = one;
  const results = [one, { ...one, seed: 2, testAccuracy: 0.6 }, { ...untested, arm: 'b' }];
  const table = armTable(results, [{ arm: 'a', width: 1, testAccuracy: 0.8 }]);
  const lines = table.split('\n').filter((line) => !line.includes('──'));
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['width', 'n', 'params', 'MACs', 'epochs', 'test', 's an epoch', 'published'],
    ['a', '1', '2', '1,234', '5.000 M', '2', '55.00 ± 7.07%', '4.0', '80.00%'],
    ['b', '1', '1', '1,234', '5.000 M', '2', '–', '4.0', '–'],
  ]);
});
