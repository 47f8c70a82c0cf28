import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArmResult, experimentCommand, runProgram } from '@mnet/cli';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { experiment } from '../src/experiment.ts';
import { methodNames, methods } from '../src/methods.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-11-distillation-methods-'));
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function run(name: string, flags: string): Promise<string> {
  let said = '';
  const say = (text: unknown): void => void (said += `${String(text)}\n`);
  vi.spyOn(console, 'log').mockImplementation(say);
  vi.spyOn(console, 'error').mockImplementation(say);
  const small = `--dataset shapes10 --limit 40 --batch-size 20 --epochs 1 --batch-norm-momentum 0.9 --runs ${dir}`;
  const networks = '--width 0.1 --teacher mobilenet_v1 --teacher-width 0.1 --student mobilenet_v1';
  const line = `${small} ${flags.includes('teacher-run') ? '--width 0.1 --student mobilenet_v1' : networks} --name ${name} ${flags}`;
  await runProgram(experimentCommand(experiment), [
    'node',
    experiment.name,
    ...line.trim().split(' '),
  ]);
  return said;
}

const objectiveOf = (...folder: string[]): Record<string, unknown> => {
  const config = readFileSync(join(dir, ...folder, 'config.json'), 'utf8');
  return (JSON.parse(config) as { objective: Record<string, unknown> }).objective;
};

const resultsOf = (name: string): { results: ArmResult[]; baseline: string } =>
  JSON.parse(readFileSync(join(dir, name, 'results.json'), 'utf8')) as ReturnType<typeof resultsOf>;

it('trains the student alone and by every method, from the same weights', async () => {
  const said = await run('all', '');
  expect(process.exitCode).toBeUndefined();
  const { results, baseline } = resultsOf('all');
  expect(results.map(({ arm }) => arm)).toEqual(['teacher', 'alone', ...methodNames]);
  const without = results.filter(
    ({ folder }) => !existsSync(join(dir, 'all', folder, 'config.json')),
  );
  expect(without).toEqual([]);
  expect(results.every(({ status }) => status === 'finished')).toBe(true);
  expect(baseline).toBe('alone');
  for (const [name, { weight, labels }] of Object.entries(methods)) {
    expect(objectiveOf('all', name)).toMatchObject({
      alpha: 1,
      weights: [weight],
      studentLossWeight: labels,
    });
    expect(said).toMatch(new RegExp(`^${name} .*[+-]\\d+\\.\\d\\d`, 'm'));
  }
  expect(objectiveOf('all', 'deep')).toMatchObject({ name: 'deepSupervision' });
  expect(objectiveOf('all', 'born-again', 'generation-1')).toMatchObject({
    teacher: { name: 'mobilenet_v1' },
    losses: [{ name: 'hintonKd', temperature: 1 }],
  });
});

it('takes the teacher of another run, and goes on with more methods', async () => {
  await run('first', '--methods kd');
  const teacher = `--teacher-run ${join(dir, 'first', 'teacher')}`;
  await run('second', `${teacher} --methods kd,dkd`);
  expect(process.exitCode).toBeUndefined();
  const fingerprint = (name: string) => objectiveOf(name, 'kd')['fingerprint'];
  expect(fingerprint('second')).toEqual(fingerprint('first'));
  const said = await run('first', '--methods dkd,deep --resume');
  expect(said).toMatch(/^dkd /m);
  expect(said).toMatch(/^deep /m);
});

it('tries what a method adds times several factors', async () => {
  await run('tried', '--methods kd,deep,born-again --factors 0.5,1,2');
  expect(process.exitCode).toBeUndefined();
  const { results } = resultsOf('tried');
  const arms = ['kd-x0.5', 'kd', 'kd-x2', 'deep-x0.5', 'deep', 'deep-x2'];
  expect(results.map(({ arm }) => arm)).toEqual([
    'teacher',
    'alone',
    ...arms,
    'born-again-x0.5',
    'born-again',
    'born-again-x2',
  ]);
  expect(objectiveOf('tried', 'kd-x0.5')).toMatchObject({
    weights: [0.45],
    studentLossWeight: 0.1,
  });
  expect(objectiveOf('tried', 'deep-x2')).toMatchObject({
    alpha: expect.closeTo(6 / 13),
    hintWeight: 0.06,
  });
  expect(objectiveOf('tried', 'deep')).toMatchObject({ alpha: 0.3, hintWeight: 0.03 });
  expect(objectiveOf('tried', 'born-again-x2', 'generation-1')).toMatchObject({
    alpha: expect.closeTo(2 / 3),
  });
  // A factor of 1 is the method itself: the same bits.
  const said = await run('tried', '--methods kd --resume');
  expect(said).toMatch(/^kd /m);
  expect(await run('twice', '--factors 1,2,1')).toContain(
    '--factors: got 1,2,1, takes each factor once',
  );
});

it('asks the teacher about each batch once where it is told to, with the same bits', async () => {
  const passes = vi.spyOn(LayersModel.prototype, 'apply');
  const passesOf = async (name: string, flags: string): Promise<number> => {
    passes.mockClear();
    await run(name, `--methods kd,dkd,sp --seeds 2 ${flags}`);
    return passes.mock.calls.length;
  };
  const [always, atFirst] = [
    await passesOf('each', ''),
    await passesOf('once', '--remember-teacher'),
  ];
  expect(process.exitCode).toBeUndefined();
  // Of each seed's second student the teacher is asked neither about the two batches of the training nor to be compared, of
  // the third only for its layers.
  expect(always - atFirst).toBeGreaterThanOrEqual(2 * (2 + 1 + 1));
  for (const arm of ['kd-seed-1', 'dkd-seed-1', 'sp-seed-1', 'kd-seed-2', 'dkd-seed-2']) {
    // Weights lie in files that are named after their digest.
    const [once, each] = ['once', 'each'].map((name) =>
      readdirSync(join(dir, name, arm, 'model')).filter((file) => file.endsWith('.bin')),
    );
    expect(each).toHaveLength(1);
    expect(once).toEqual(each);
  }
  // It changes no training, so a run goes on without it.
  const said = await run('once', '--methods kd,dkd,sp,dist --seeds 2 --resume');
  expect(said).toMatch(/^dist /m);
});

it('trains single methods also with other weights, where these are asked for', async () => {
  await run('also', '--methods kd,dkd --also kd-x3,kd-x0.5');
  expect(process.exitCode).toBeUndefined();
  const { results } = resultsOf('also');
  expect(results.map(({ arm }) => arm)).toEqual([
    'teacher',
    'alone',
    'kd',
    'kd-x3',
    'kd-x0.5',
    'dkd',
  ]);
  expect(objectiveOf('also', 'kd-x3')).toMatchObject({ weights: [expect.closeTo(2.7)] });
  for (const word of ['kd', 'kd-x1', 'kd-x0', 'odd-x3', 'sp-x3', 'kd-x3,kd-x3']) {
    const refused = await run('no', `--methods kd --also ${word}`);
    expect(refused).toContain(
      `--also: got ${word.split(',')[0]}, takes one of --methods (kd) and -x`,
    );
  }
});

it('trains no teacher where none is needed, and takes none', async () => {
  const said = await run('self', '--methods born-again --generations 2');
  expect(process.exitCode).toBeUndefined();
  expect(said).not.toContain('teacher ×');
  expect(objectiveOf('self', 'born-again', 'generation-2')).toMatchObject({ alpha: 0.5 });
  const refused = await run('no', `--methods deep --teacher-run ${join(dir, 'first', 'teacher')}`);
  expect(refused).toContain('--teacher-run: got it with --methods deep');
});
