import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Arm,
  type ArmResult,
  type Experiment,
  experimentCommand,
  networkArm,
  type Results,
} from '@mnet/cli';
import { integer, number, optional, options, type Resolved, text } from '@mnet/core/options';
import { distill, hintonKd } from '@mnet/distill';
import { constant, readRun, runPaths, train } from '@mnet/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkFor } from '../src/experiments/arm.ts';
import { inProcess, mnet, type Outcome } from './helpers/mnet.ts';
import { experimentReport } from '../src/experiments/experiment-report.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-experiments-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const student: Arm = {
  name: 'student',
  async train({ flags, data, options: given, earlier }) {
    const model = networkFor('mobilenet_v2', flags, data);
    const { labelSmoothing: _, ...rest } = given;
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
};
const arms = [networkArm('teacher', 'mobilenet_v1'), student];

const taught: Experiment = {
  name: '99-taught',
  description: 'Teaches in small.',
  defaults: { dataset: 'shapes10', epochs: 2, width: 0.1, strides: 'paper', lr: 0.01 },
  arms,
  published: [{ arm: 'student', testAccuracy: 0.7 }],
};

const small = '--limit 40 --batch-size 20 --batch-norm-momentum 0.9';

const run = <Own>(experiment: Experiment<Own>, line: string): Promise<Outcome> =>
  inProcess(experimentCommand(experiment), `${small} --runs ${dir} ${line}`.split(' '));

const fileOf = (name: string): Results =>
  JSON.parse(readFileSync(join(dir, name, 'results.json'), 'utf8')) as Results;
const resultsOf = (name: string): readonly ArmResult[] => fileOf(name).results;
const timeless = (list: readonly ArmResult[]) =>
  list.map((each) => ({ ...each, secondsPerEpoch: 0, validationSeconds: 0 }));

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
    expect(timeless(resultsOf(name))).toEqual(timeless(before));
  });

  it('that was stopped before it had results was begun with its first training', async () => {
    const name = 'early';
    await run(taught, `--epochs 1 --name ${name}`);
    rmSync(join(dir, name, 'results.json'));
    expect((await run(taught, `--epochs 1 --name ${name} --resume`)).status).toBe(0);
    expect(fileOf(name).started).toBe(readRun(join(dir, name, 'teacher')).date);
  });

  it('keeps a run that is older than it: of another machine, which was copied into its folder', async () => {
    const name = 'copied';
    const folder = (seed: number): string => join(dir, name, `teacher-seed-${seed}`);
    const line = `--epochs 1 --seeds 2 --name`;
    await run(taught, `${line} elsewhere --only-seeds 1`);
    await run(taught, `${line} ${name} --only-seeds 2`);
    for (const arm of ['teacher', 'student']) {
      cpSync(join(dir, 'elsewhere', `${arm}-seed-1`), join(dir, name, `${arm}-seed-1`), {
        recursive: true,
      });
    }
    const { date, id } = readRun(folder(1));
    expect(date < fileOf(name).started).toBe(true);
    expect((await run(taught, `${line} ${name} --resume`)).stderr).toBe('');
    expect(readRun(folder(1)).id).toBe(id);
    expect(resultsOf(name)).toHaveLength(4);
  });

  it('that replaces another one and is killed on the way replaces the rest when it goes on', async () => {
    const name = 'replaced';
    await run(taught, `--epochs 1 --name ${name}`);
    const failing = { ...student, train: () => Promise.reject(new Error('killed')) };
    const killed = { ...taught, arms: [...arms.slice(0, 1), failing] };
    const line = `--epochs 2 --name ${name}`;
    expect((await run(killed, `${line} --overwrite`)).stderr).toContain('killed');
    expect(resultsOf(name).map(({ arm, epochs }) => [arm, epochs])).toEqual([['teacher', 2]]);
    expect((await run(taught, `${line} --resume`)).stderr).toBe('');
    expect(resultsOf(name).map(({ arm, epochs }) => [arm, epochs])).toEqual([
      ['teacher', 2],
      ['student', 2],
    ]);
    const { date } = readRun(join(dir, name, 'student'));
    expect((await run(taught, `${line} --resume`)).status).toBe(0);
    expect(readRun(join(dir, name, 'student')).date).toBe(date);
  });

  it('whose training diverges goes on with the others, names it and what builds on it, and ends with an error', async () => {
    const wild: Arm = {
      name: 'teacher',
      async train({ flags, data, options: given }) {
        const model = networkFor('mobilenet_v1', flags, data);
        const { record } = await train(model, data, { ...given, schedule: constant(1e30) });
        return { model, record };
      },
    };
    const alone = networkArm('alone', 'mobilenet_v2');
    const outcome = await run({ ...taught, arms: [wild, student, alone] }, '--name wild');
    expect(outcome.status).toBe(3);
    expect(outcome.stderr).toMatch(/error: teacher ×0.1, seed 1: .*(NaN|Infinity)/);
    expect(outcome.stderr).toContain(
      'error: student ×0.1, seed 1: it builds on teacher, which diverged',
    );
    expect(outcome.stderr).toContain(
      '2 of 3 trainings diverged: teacher ×0.1, seed 1; student ×0.1, seed 1; try a lower --lr or --clip-norm 1\n',
    );
    const { results, diverged } = fileOf('wild');
    const of = { width: 0.1, seed: 1 };
    expect(diverged).toEqual([
      { arm: 'teacher', ...of, folder: 'teacher' },
      { arm: 'student', ...of, folder: 'student' },
    ]);
    expect(results.map(({ arm, status }) => [arm, status])).toEqual([['alone', 'finished']]);
    expect(readRun(join(dir, 'wild', 'teacher')).status).toBe('diverged');
    expect(readFileSync(join(dir, 'wild', 'report.html'), 'utf8')).toContain('teacher ×0.1');
    const again = experimentReport(join(dir, 'wild'));
    const shown = again?.runs.map(({ name, status }) => [name, status]);
    expect(shown).toEqual([
      ['alone ×0.1, seed 1', 'finished'],
      ['teacher ×0.1, seed 1', 'diverged'],
    ]);
    // Nobody is told to try what an arm refuses.
    const unclipped: Arm = {
      ...wild,
      check: ({ clipNorm }) => {
        if (clipNorm !== undefined) throw new Error('--clip-norm: it is refused');
      },
    };
    const other = await run({ ...taught, arms: [unclipped] }, '--name unclipped');
    expect(other.stderr).toMatch(/1 of 1 trainings diverged: .*; try a lower --lr\n/);
  });

  it('shows its own defaults in its help, and refuses flags as mnet does', async () => {
    const help = await inProcess(experimentCommand(taught), ['--help']);
    expect(help.stdout).toMatch(/--epochs <n> .*\(default: 2\)/);
    expect(help.stdout).toMatch(/--dataset <name>[^]*?default: "shapes10"/);
    expect((await run(taught, '--epochs 0 --name no')).stderr).toContain('a number above 0');
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

const declared = options({
  rate: optional(number({ above: 0 }), 0.01),
  from: optional(text('a folder')),
  teachers: optional(integer({ min: 1, max: 2 }), 1),
});
interface OwnFlags extends Resolved<typeof declared> {}

/** Its teacher has a width of its own, and there are as many of them as a flag says. */
const flagged: Experiment<OwnFlags> = {
  ...taught,
  name: '98-own',
  own: {
    declared,
    flags: {
      rate: ['--rate <rate>', 'learning rate of the teachers'],
      from: ['--from <folder>', 'start from it', { path: true }],
      teachers: ['--teachers <n>', 'how many teachers'],
    },
    choosing: ['teachers'],
  },
  arms({ teachers, from, epochs }) {
    if (from === 'nowhere') throw new Error(`--from: got ${from}, takes a run`);
    const names = ['teacher', 'teacher-2'].slice(0, teachers);
    return [...names.map((name) => teacherOf(name, epochs)), student];
  },
};

const trained: string[] = [];
const teacherOf = (name: string, epochs: number): Arm<OwnFlags> => ({
  name,
  width: 0.2,
  async train({ flags, data, options: given }) {
    trained.push(`${name} ${flags.width} ${flags.rate}`);
    const model = networkFor('mobilenet_v1', flags, data);
    const { record } = await train(model, data, {
      ...given,
      epochs,
      schedule: constant(flags.rate),
    });
    return { model, record };
  },
});

describe('an experiment with flags of its own', () => {
  it('has them in its help, its kept flags and its configuration file, and hands them to its arms', async () => {
    const help = await inProcess(experimentCommand(flagged), ['--help']);
    expect(help.stdout).toMatch(/--rate <rate> +learning rate of the teachers \(default: 0\.01\)/);
    expect((await run(flagged, '--rate 0 --name no')).stderr).toContain('a number above 0');
    expect((await run(flagged, '--from nowhere --data-dir none --name no')).stderr).toContain(
      '--from: got nowhere, takes a run',
    );
    const file = join(dir, 'own.json');
    writeFileSync(file, JSON.stringify({ rate: 0.02 }));
    const line = `--config ${file} --epochs 1 --widths 0.1,0.15 --name own`;
    expect((await run(flagged, line)).status).toBe(0);
    // Once for both widths, at its own.
    expect(trained.splice(0)).toEqual(['teacher 0.2 0.02']);
    expect(resultsOf('own').map(({ arm, width, folder }) => [arm, width, folder])).toEqual([
      ['teacher', 0.2, 'teacher'],
      ['student', 0.1, 'student-width-0.1'],
      ['student', 0.15, 'student-width-0.15'],
    ]);
    const flags = readFileSync(join(dir, 'own', 'flags.json'), 'utf8');
    expect(JSON.parse(flags)).toMatchObject({ rate: 0.02, teachers: 1, widths: [0.1, 0.15] });
  });

  it('goes on with the same, and with more arms where a flag only chooses them', async () => {
    const before = resultsOf('own');
    const config = ['--config', join(dir, 'own', 'flags.json'), '--resume'];
    const again = (...flags: string[]) =>
      inProcess(experimentCommand(flagged), [...config, ...flags]);
    expect((await again('--rate', '0.03')).stderr).toContain('was made with 0.02, got 0.03');
    expect((await again('--from', 'x')).stderr).toMatch(
      /--from: .* was made with undefined, got 'x'/,
    );
    expect((await again('--seeds', '2')).stderr).toContain('--seeds: ');
    expect((await again('--widths', '0.1')).stderr).toContain('--widths: ');
    expect((await again('--teachers', '2')).status).toBe(0);
    const later = resultsOf('own');
    expect(later.map(({ arm }) => arm)).toEqual(['teacher', 'teacher-2', 'student', 'student']);
    expect(timeless(later.filter(({ arm }) => arm !== 'teacher-2'))).toEqual(timeless(before));
    expect(JSON.parse(readFileSync(join(dir, 'own', 'flags.json'), 'utf8'))).toMatchObject({
      teachers: 2,
    });
  });
});

it('takes one width that is given instead of several by default, and refuses both', async () => {
  const swept: Experiment = { ...taught, arms: arms.slice(0, 1) };
  const { width: _, ...defaults } = taught.defaults;
  const wide: Experiment = { ...swept, defaults: { ...defaults, widths: [0.1, 0.2], epochs: 1 } };
  expect((await run(wide, '--width 0.15 --name one')).status).toBe(0);
  expect(resultsOf('one').map(({ width, folder }) => [width, folder])).toEqual([[0.15, '']]);
  const both = await run(wide, '--width 0.15 --widths 0.1,0.2 --name both');
  expect(both.stderr).toContain("option '--widths <list>' cannot be used with option '--width");
});

it('leaves out defaults that have no effect beside what is given', async () => {
  const chosen: Experiment = {
    ...taught,
    arms: arms.slice(0, 1),
    defaults: {
      ...taught.defaults,
      epochs: 1,
      optimizer: 'sgd',
      momentum: 0.8,
      schedule: 'multiStep',
      milestones: [5],
      bestWeights: true,
      bestWeightsMetric: 'validationLoss',
    },
  };
  const line = '--optimizer adam --schedule cosine --no-best-weights --name idle';
  expect((await run(chosen, line)).stderr).toBe('');
  const kept = JSON.parse(readFileSync(join(dir, 'idle', 'flags.json'), 'utf8')) as object;
  expect(kept).not.toHaveProperty('milestones');
  expect(kept).not.toHaveProperty('momentum');
  expect(kept).not.toHaveProperty('bestWeightsMetric');
  expect((await run(chosen, '--schedule cosine --milestones 3 --name no')).stderr).toContain(
    '--milestones: got it with --schedule cosine',
  );
});

it('has defaults that depend on what is given, and figures of its own', async () => {
  const [arm] = arms as [Arm];
  const measuring: Experiment = {
    ...taught,
    defaults: { ...taught.defaults, validation: 0, epochs: 1 },
    defaultsFor: ({ optimizer }) => (optimizer === 'sgd' ? { epochs: 2, batchSize: 10 } : {}),
    arms: [
      {
        ...arm,
        train: async (context) => ({
          ...(await arm.train(context)),
          measured: { seconds: 12.5, target: 'missed' },
        }),
      },
    ],
  };
  // Drawn pictures have their own for validation: the default that says how many is left out.
  const { stderr, stdout } = await run(
    measuring,
    '--optimizer sgd --batch-size 20 --name measured',
  );
  expect(stderr).toBe('');
  const kept = JSON.parse(readFileSync(join(dir, 'measured', 'flags.json'), 'utf8')) as object;
  expect(kept).toMatchObject({ epochs: 2, batchSize: 20 });
  expect(kept).not.toHaveProperty('validation');
  expect(resultsOf('measured')[0]).toMatchObject({ measured: { seconds: 12.5, target: 'missed' } });
  expect(stdout).toMatch(/test +seconds +target/);
  expect(stdout).toMatch(/% +12\.5 +missed/);
  const again = await run(measuring, '--optimizer adam --validation 0 --name no');
  expect(again.stderr).toContain('--validation: got it with the data set shapes10');
  const strange: Experiment = { ...measuring, defaultsFor: () => ({ epoch: 3 }) as object };
  expect((await run(strange, '--name no')).stderr).toContain("defaults: no flag feeds 'epoch'");
});

it('refuses what no network can be made with before it loads any data', async () => {
  const outcome = await run(taught, '--dataset cifar10 --data-dir none --scale-head --name no');
  expect(outcome.stderr).toContain('scaleHead');
  expect(outcome.stderr).toContain('mobilenet_v1');
});

it('only checks its flags where it is asked to: without data, and all that it refuses otherwise', async () => {
  const line = '--dataset cifar10 --data-dir none --name checked';
  expect(await run(taught, `${line} --check`)).toEqual({
    stdout: 'the flags fit\n',
    stderr: '',
    status: 0,
  });
  expect(existsSync(join(dir, 'checked'))).toBe(false);
  const refused = (flags: string): Promise<Outcome> => run(taught, `${line} --check ${flags}`);
  expect((await refused('--widths 0.1,0.1')).stderr).toContain('takes each width once');
  expect((await refused('--momentum 0.5')).stderr).toContain('takes it with sgd');
  expect((await refused('--scale-head')).stderr).toContain('scaleHead');
  expect((await refused('--resume --overwrite')).stderr).toContain('cannot be used with');
});

it('shows figures of others only beside the data and the strides that they are of', async () => {
  const other: Experiment = { ...taught, defaults: { ...taught.defaults, dataset: 'cifar10' } };
  expect((await run(other, '--dataset shapes10 --epochs 1 --name other')).status).toBe(0);
  expect(fileOf('other')).toMatchObject({ dataset: 'shapes10', published: [] });
  expect(fileOf('two').published).toEqual(taught.published);
  expect((await run(taught, '--strides stem1 --epochs 1 --name strides')).status).toBe(0);
  expect(fileOf('strides').published).toEqual([]);
  const bySize: Experiment = { ...taught, defaultsFor: () => ({ strides: 'stem1' }) };
  expect((await run(bySize, '--epochs 1 --name by-size')).status).toBe(0);
  expect(fileOf('by-size').published).toEqual(taught.published);
});

it('has its report written again by mnet report, published figures too', async () => {
  const file = join(dir, 'two', 'report.html');
  const before = readFileSync(file, 'utf8');
  expect(before).toContain('published');
  rmSync(file);
  expect(await mnet('report', join(dir, 'two'))).toMatchObject({ status: 0, stderr: '' });
  expect(readFileSync(file, 'utf8')).toBe(before);
});
