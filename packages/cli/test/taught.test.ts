import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Experiment,
  experimentCommand,
  type Results,
  studentArm,
  type TaughtFlags,
  taughtOptions,
  taughtTable,
  teacherArm,
} from '@mnet/cli';
import { distill, hintonKd } from '@mnet/distill';
import { readRun, train } from '@mnet/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inProcess, type Outcome } from './helpers/mnet.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-taught-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const taught: Experiment<TaughtFlags> = {
  name: '99-taught',
  description: 'Teaches in small.',
  own: { declared: taughtOptions, flags: taughtTable },
  defaults: {
    dataset: 'shapes10',
    epochs: 1,
    width: 0.1,
    strides: 'paper',
    teacher: 'mobilenet_v1',
    teacherWidth: 0.15,
    teacherStrides: 'paper',
    student: 'mobilenet_v1',
  },
  arms: (flags) => [
    teacherArm('teacher', flags),
    studentArm('student', (student, { data, options, earlier }) =>
      distill(student, {
        ...options,
        teacher: earlier('teacher').model,
        data,
        losses: [hintonKd()],
        evaluateTeacher: false,
      }),
    ),
  ],
};

const run = (experiment: Experiment<TaughtFlags>, line: string): Promise<Outcome> =>
  inProcess(
    experimentCommand(experiment),
    `--limit 40 --batch-size 20 --batch-norm-momentum 0.9 --runs ${dir} ${line}`.split(' '),
  );

const rowsOf = (name: string): unknown[] => {
  const file = join(dir, name, 'results.json');
  const { results } = JSON.parse(readFileSync(file, 'utf8')) as Results;
  return results.map(({ arm, width, seed, epochs }) => [arm, width, seed, epochs]);
};

describe('a teacher and a student', () => {
  it('are trained, the teacher once and for as long as it is told', async () => {
    const { stderr, status } = await run(taught, '--teacher-epochs 2 --seeds 2 --name both');
    expect([stderr, status]).toEqual(['', 0]);
    expect(rowsOf('both')).toEqual([
      ['teacher', 0.15, 1, 2],
      ['student', 0.1, 1, 1],
      ['student', 0.1, 2, 1],
    ]);
  });

  it('are trained with the teacher of an earlier run, which is not trained again', async () => {
    const folder = join(dir, 'both', 'teacher');
    const before = readRun(folder);
    const line = `--teacher-run ${folder} --name later`;
    const { stderr, status } = await run(taught, line);
    expect([stderr, status]).toEqual(['', 0]);
    expect(rowsOf('later')).toEqual([
      ['teacher', 0.15, 1, 2],
      ['student', 0.1, 1, 1],
    ]);
    expect(existsSync(join(dir, 'later', 'teacher'))).toBe(false);
    expect(readRun(folder).date).toBe(before.date);
  });
});

it.each([
  ['--teacher-run no/run', /--teacher-run: .*no.run holds no finished run/],
  ['--teacher-run a --teacher resnet18', /'--teacher-run <folder>' cannot be used with/],
  ['--teacher-width 0', /--teacher-width/],
  ['--teacher-strides stem1 --teacher mobilenet_v1 --teacher-epochs 0', /--teacher-epochs/],
  ['--student mobilenet_v1 --scale-head', /scaleHead/],
])('refuses %s before any data is loaded', async (line, message) => {
  const { stderr, status } = await run(taught, `--dataset cifar10 --data-dir no ${line} --name no`);
  expect(stderr).toMatch(message);
  expect(status).not.toBe(0);
  expect(existsSync(join(dir, 'no'))).toBe(false);
});

it('refuses a student whose saved network is another one than that which was tested', async () => {
  const changed: Experiment<TaughtFlags> = {
    ...taught,
    arms: [
      studentArm('student', async (student, { data, options }) => {
        const { record } = await train(student, data, options);
        const { test } = record;
        if (!test) throw new Error('it was not tested');
        return { record: { ...record, test: { ...test, accuracy: 2 } } };
      }),
    ],
  };
  const { stderr, status } = await run(changed, '--name changed');
  expect(stderr).toMatch(
    /changed: loaded again, its network has a test accuracy of 0?\.?\d*, and had 2 when it was saved/,
  );
  expect(status).toBe(1);
});
