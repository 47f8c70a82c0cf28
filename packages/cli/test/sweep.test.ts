import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRun } from '@mnet/train';
import { afterAll, describe, expect, it } from 'vitest';
import { mnet, mnetAt, mnetByNpm, mnetIn } from './helpers/mnet.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-sweep-'));
afterAll(() => rmSync(dir, { recursive: true }));

const base = {
  model: 'mobilenet_v1',
  width: 0.1,
  strides: 'paper',
  dataset: 'shapes10',
  limit: 60,
  batchSize: 30,
  epochs: 2,
  batchNormMomentum: 0.9,
  tensorboard: false,
};

const { model, ...rest } = base;

const written = (name: string, study: object): string => {
  const file = join(dir, `${name}.json`);
  writeFileSync(file, JSON.stringify({ name, ...study }));
  return file;
};

describe('mnet sweep run', () => {
  it('trains teachers and then students, and says how it ended', async () => {
    const file = written('taught', {
      stages: {
        teacher: { base: { ...base, epochs: 1 }, seeds: 2 },
        student: {
          program: 'distill',
          base: {
            ...rest,
            teacher: { runOf: 'teacher' },
            student: model,
            epochs: 1,
          },
          seeds: 2,
        },
      },
    });
    const { stdout, stderr, status } = await mnet('sweep', 'run', file, '--runs', dir);
    expect([stderr, status]).toEqual(['', 0]);
    expect(stdout).toContain('student-seed-2: complete');
    expect(stdout).toContain('4 of 4 complete');
    const student = readRun(join(dir, 'taught', 'student-seed-2'));
    expect([student.status, student.options['seed']]).toEqual(['finished', 2]);
    // Its teacher is the one of its seed.
    const flags = JSON.parse(
      readFileSync(join(dir, 'taught', 'student-seed-2', 'flags.json'), 'utf8'),
    ) as { teacher: string };
    expect(flags.teacher).toBe(join(dir, 'taught', 'teacher-seed-2'));
    const page = readFileSync(join(dir, 'taught', 'report.html'), 'utf8');
    expect(page).toContain('student-seed-1');

    const again = await mnet('sweep', 'run', file, '--runs', dir);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('there is a study already; give --resume');
    const report = await mnet('sweep', 'report', join(dir, 'taught'), '--json', '-');
    expect((JSON.parse(report.stdout) as { runs: object[] }).runs).toHaveLength(4);
  });

  it('pauses trials of a search and goes on with the best, with the bits of a training that was never stopped', async () => {
    const search = {
      asha: {
        ranges: { lr: { logUniform: [0.01, 0.3] } },
        trials: 4,
        maxEpochs: 2,
        reduction: 2,
        seed: 3,
      },
    };
    const file = written('halved', { base, search });
    const { stderr, status } = await mnet('sweep', 'run', file, '--runs', dir, '--slots', '1');
    expect([stderr, status]).toEqual(['', 0]);
    const trials = Array.from({ length: 4 }, (_, i) => join(dir, 'halved', `trial-000${i}`));
    const done = trials.filter((trial) => readRun(trial).status === 'finished');
    expect(done.length).toBeGreaterThanOrEqual(1);
    expect(done.length).toBeLessThan(4);
    const [best = ''] = done;
    const config = join(best, '..', 'configs', `${best.split('/').at(-1)}.json`);
    await mnet('train', '--config', config, '--runs', dir, '--name', 'whole');
    const weights = (folder: string): Buffer => {
      const bytes = readFileSync(join(folder, 'checkpoint.safetensors'));
      return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
    };
    expect(weights(best).equals(weights(join(dir, 'whole')))).toBe(true);
  });

  it('is stopped by Ctrl-C with its runs kept, and goes on', async () => {
    written('long', { base: { ...base, epochs: 40 }, seeds: 2 });
    const args = ['sweep', 'run', 'long.json', '--runs', '.'];
    const stopped = await mnetIn(dir, args, /seed-1: running/);
    expect(stopped.status).toBe(130);
    expect(stopped.stderr).toContain(
      'stopped; to go on: mnet sweep run long.json --runs . --resume',
    );
    // What npm has started need not be on the PATH.
    const byNpm = await mnetByNpm(dir, [...args, '--resume'], /seed-1: running/);
    expect(byNpm.stderr).toContain(
      'stopped; to go on: npx @mnet/cli sweep run long.json --runs . --resume',
    );
    const { status, stdout } = await mnetAt(dir, [...args, '--resume']);
    expect([status, stdout.includes('2 of 2 complete')]).toEqual([0, true]);
  });

  it('names what failed, with its log', async () => {
    const file = written('failing', {
      list: [
        { ...base, model: 'mobilenet_v1' },
        { ...base, lr: 1e30, model: 'mobilenet_v1' },
      ],
    });
    const { status, stderr } = await mnet('sweep', 'run', file, '--runs', dir);
    expect(status).toBe(1);
    expect(stderr).toMatch(/1 of 2 runs failed:\n {2}lr-1e_30: training diverged.*output\.log/);
    expect(existsSync(join(dir, 'failing', 'lr-1e_30', 'output.log'))).toBe(true);
  });

  it('lists the runs of a study without making one', async () => {
    const file = written('dry', { base, grid: { lr: [0.1, 0.2] }, seeds: 2 });
    const { stdout } = await mnet('sweep', 'run', file, '--runs', dir, '--dry-run');
    expect(stdout).toMatch(/lr-0\.2-seed-2 +train\n4 runs/);
    expect(existsSync(join(dir, 'dry'))).toBe(false);
  });

  it.each([
    ['a flag that no command has', { base: { ...base, rate: 1 } }, "run: unknown key 'rate'"],
    ['a value out of range', { base: { ...base, epochs: 0 } }, 'run: epochs: got 0'],
    ['a network that is missing', { base: {} }, "run: required option '--model"],
    ['flags that exclude each other', { base: { ...base, data: 'a' } }, 'cannot be used with'],
    ['what the study decides', { base: { ...base, name: 'x' } }, 'name: got it in the study'],
    [
      'a reference for a number',
      { stages: { a: { base }, b: { base: { ...base, lr: { runOf: 'a' } } } } },
      'takes it where a path is taken',
    ],
  ])('refuses %s before anything is begun', async (_, study, message) => {
    const file = written('refused', study);
    const { status, stderr } = await mnet('sweep', 'run', file, '--runs', dir);
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(existsSync(join(dir, 'refused'))).toBe(false);
  });
});
