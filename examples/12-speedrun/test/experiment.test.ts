import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  divergedCode,
  experimentCommand,
  readResults,
  type Results,
  runProgram,
  version,
} from '@mnet/cli';
import { readRun } from '@mnet/train';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { experiment } from '../src/experiment.ts';
import { seedsIn } from '../src/seeds.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-12-speedrun-'));
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const small = `--dataset shapes10 --limit 60 --batch-size 20 --width 0.125 --runs ${dir}`;

async function run(name: string, flags = ''): Promise<string> {
  let said = '';
  const say = (text: unknown): boolean => {
    said += `${String(text)}\n`;
    return true;
  };
  vi.spyOn(console, 'log').mockImplementation(say);
  vi.spyOn(console, 'error').mockImplementation(say);
  vi.spyOn(console, 'warn').mockImplementation(say);
  const batches = flags.includes('--limit') ? small.replace('--batch-size 20 ', '') : small;
  const line = `${batches} --name ${name} ${flags}`.trim().split(' ');
  await runProgram(experimentCommand(experiment), ['node', experiment.name, ...line]);
  return said;
}

/** The program itself, as a user starts it. */
function program(flags: string): { status: number | null; said: string } {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const source = ['--conditions=@mnet/source', '--import', import.meta.resolve('tsx')];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...source, main, ...`${small} ${flags}`.split(' ')],
    { encoding: 'utf8' },
  );
  return { status, said: stdout + stderr };
}

const resultOf = (name: string) => readResults(join(dir, name))?.results[0];
const optionsOf = (name: string, arm = 'speed') => readRun(join(dir, name, arm)).options;

describe('the speed network', () => {
  it('is trained as its recipe says, and timed from the start of the process', async () => {
    const before = performance.now() / 1000;
    const said = await run('whole', '--epochs 2.4 --target 0.99');
    expect(process.exitCode).toBeUndefined();
    const result = resultOf('whole');
    const seconds = result?.measured?.['seconds'] as number;
    expect(seconds).toBeGreaterThan(before);
    expect(seconds).toBeLessThan(performance.now() / 1000);
    expect(result?.measured?.['target']).toBe('missed');
    expect(said).toContain(`${seconds.toFixed(1)} s after the start of the process`);
    expect(said).toMatch(/test +seconds +target/);
    expect(optionsOf('whole')).toMatchObject({
      epochs: 2.4,
      batchSize: 20,
      dropLast: true,
      augment: { crop: { padding: 2, fill: 'reflect' }, flip: 'alternate' },
      lookahead: { every: 5, decay: 0.95 ** 5, power: 3 },
      testViews: { mirror: true, shift: 1 },
      schedule: { name: 'oneCycle', warmupShare: 0.23, divFactor: 5, anneal: 'linear' },
      freeze: [{ after: 0 }, { after: 3 }],
    });
    const { optimizer = {}, schedule = {} } = optionsOf('whole') as Record<
      string,
      Record<string, unknown>
    >;
    // 11.5 of 1,024 images, once a momentum of 0.85 has repeated it: 1.5, here of 20 images.
    const rate = (1.5 * 20) / 1024;
    expect(schedule['peak']).toBeCloseTo(rate, 12);
    expect(optimizer).toMatchObject({ name: 'sgd', momentum: 0.85, nesterov: true });
    expect(optimizer['weightDecay']).toBeCloseTo(0.0153 / 11.5, 12);
    const [group] = optimizer['groups'] as { rateFactor: number; weightDecay: number }[];
    expect(group?.rateFactor).toBe(64);
    expect((group?.weightDecay as number) * 64).toBeCloseTo(0.0153 / 11.5, 12);
  });

  it('looks at a few images in small batches, and back as often as it can', async () => {
    await run('few', '--epochs 0.3 --limit 20');
    expect(process.exitCode).toBeUndefined();
    expect(optionsOf('few')).toMatchObject({ batchSize: 2, lookahead: { every: 3 } });
  });

  it('gives a complete run back with its time', async () => {
    const before = resultOf('whole')?.measured?.['seconds'];
    await run('whole', '--epochs 2.4 --target 0.99 --resume');
    expect(resultOf('whole')?.measured?.['seconds']).toBe(before);
  });

  it('is not timed where it was resumed, and says so; its bits are the same', async () => {
    const flags = '--epochs 3 --checkpoint-every-steps 2';
    const stop = new Error('dead');
    const { Clock } = await import('../src/clock.ts');
    let steps = 0;
    const dies = Object.assign(Clock.prototype, {
      onStepEnd(): void {
        if (++steps === 5) throw stop;
      },
    });
    await run('resumed', flags);
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
    delete (dies as { onStepEnd?: unknown }).onStepEnd;
    const said = await run('resumed', `${flags} --resume`);
    expect(said).toContain('not timed, since an earlier process has made a part of the run');
    expect(resultOf('resumed')?.measured).toEqual({ seconds: 'not timed: resumed' });
    await run('straight', flags);
    const figures = (name: string) =>
      readRun(join(dir, name, 'speed')).epochs.map(({ trainLoss, validationLoss }) => [
        trainLoss,
        validationLoss,
      ]);
    expect(figures('resumed')).toEqual(figures('straight'));
    const loss = (name: string) => readRun(join(dir, name, 'speed')).test?.loss;
    expect(loss('resumed')).toBe(loss('straight'));
    expect(typeof resultOf('straight')?.measured?.['seconds']).toBe('number');
  });

  it.each([
    ['--optimizer adam', '--optimizer: got adam with --network speed'],
    ['--clip-norm 1', '--clip-norm: got 1 with --network speed'],
    ['--strides paper', '--strides: got paper with --network speed'],
    ['--network mobilenet_v2 --activation relu', '--activation: got relu with --network mobilenet'],
    ['--minutes 0', '--minutes'],
    ['--minutes 1 --epochs 2', "cannot be used with option '--epochs"],
    ['--minutes 0.00001', '--minutes: got 0.00001, takes at least'],
    ['--target 94', '--target'],
    ['--views mirrored', '--views'],
    ['--batch-size 61', 'batchSize: got 61 with dropLast, takes at most the 60 training images'],
  ])('%s is refused', async (flags, message) => {
    let written = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
    expect((await run('no', flags)) + written).toContain(message);
    expect(process.exitCode).not.toBeUndefined();
    rmSync(join(dir, 'no'), { recursive: true, force: true });
  });
});

it('trains MobileNetV2 by the recipe of 04-mobilenet-v2', async () => {
  const line = '--network mobilenet_v2 --epochs 1 --batch-norm-momentum 0.9';
  await run('mobile', line);
  expect(process.exitCode).toBeUndefined();
  expect(resultOf('mobile')).toMatchObject({ arm: 'mobilenet_v2', network: 'mobilenet_v2' });
  const options = optionsOf('mobile', 'mobilenet_v2');
  expect(options).toMatchObject({
    optimizer: { name: 'sgd', learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4 },
    schedule: { name: 'cosine', peak: 0.1, warmupEpochs: 0.05 },
    augment: { crop: { padding: 4 }, flip: true },
  });
  expect(options).not.toHaveProperty('testViews');
  expect(options).not.toHaveProperty('lookahead');
  const kept = JSON.parse(readFileSync(join(dir, 'mobile', 'flags.json'), 'utf8')) as object;
  expect(kept).toMatchObject({ strides: 'stem1', batchSize: 20 });
});

it('trains as long as a budget says, start and test included, and no shorter when resumed', () => {
  const minutes = 0.35;
  const flags = `--minutes ${minutes} --name budget`;
  const { status, said } = program(flags);
  expect(said).toMatch(/a step takes .* epochs, fit into 0\.35 minutes/);
  expect(status).toBe(0);
  const seconds = resultOf('budget')?.measured?.['seconds'] as number;
  // How far it is from the budget depends on what else the machine does; a training that has not used it ends long before.
  expect(seconds).toBeGreaterThan(0.3 * 60 * minutes);
  const { epochs } = optionsOf('budget');
  expect(epochs).toBeGreaterThan(5 / 3);
  expect(resultOf('budget')?.epochs).toBeCloseTo(epochs as number, 1);
  expect(program(`${flags} --resume`).status).toBe(0);
  expect(optionsOf('budget')).toMatchObject({ epochs });
  expect(resultOf('budget')?.measured?.['seconds']).toBe(seconds);
});

describe('several seeds', () => {
  it('have a process each, and one table', () => {
    const start = performance.now();
    const { status, said } = program('--epochs 2 --seeds 2 --seed 4 --name seeds');
    const whole = (performance.now() - start) / 1000;
    expect(status).toBe(0);
    const results = readResults(join(dir, 'seeds'))?.results ?? [];
    expect(results.map(({ seed, folder }) => [seed, folder])).toEqual([
      [4, join('seed-4', 'speed')],
      [5, join('seed-5', 'speed')],
    ]);
    const times = results.map(({ measured }) => measured?.['seconds'] as number);
    // Counted from one start, the second would have the time of the first within it, and both be more than all.
    expect(times.reduce((sum, time) => sum + time, 0)).toBeLessThan(whole);
    for (const { folder } of results) expect(existsSync(join(dir, 'seeds', folder))).toBe(true);
    expect(said).toMatch(/speed +0\.125 +2 /);
    const again = program('--epochs 2 --seeds 2 --seed 4 --name seeds');
    expect(again.status).toBe(1);
    expect(again.said).toContain('is there already; give --resume');
    expect(again.said).not.toContain('seed 5 (2 of 2)');
  });

  it('go on where one diverges, and tell of it together', () => {
    const { status, said } = program('--epochs 2 --lr 1e8 --seeds 2 --name wild');
    expect(status).toBe(divergedCode);
    expect(said).toContain('seed 2 (2 of 2)');
    expect(said).not.toContain('--clip-norm');
    const { results, diverged = [] } = readResults(join(dir, 'wild')) as Results;
    expect(results).toEqual([]);
    expect(diverged.map(({ seed, folder }) => [seed, folder])).toEqual([
      [1, join('seed-1', 'speed')],
      [2, join('seed-2', 'speed')],
    ]);
  });

  it.each([
    ['--help', 0, 'Usage: 12-speedrun'],
    ['--version', 0, version],
    ['--check', 0, 'the flags fit'],
    ['--check --clip-norm 1', 1, 'error: --clip-norm: got 1 with --network speed'],
  ])('train nothing beside %s', (flags, code, message) => {
    const { status, said } = program(`--seeds 2 --name nothing ${flags}`);
    expect([status, said.slice(0, message.length)]).toEqual([code, message]);
    expect(said).not.toContain('seed 1 (');
    expect(existsSync(join(dir, 'nothing'))).toBe(false);
  });

  it('are known from the words of a command line', () => {
    expect(seedsIn(['--seeds', '3', '--epochs', '2'])).toMatchObject({
      seeds: [1, 2, 3],
      folder: join('runs', '12-speedrun'),
    });
    const some = '--seed 4 --seeds 3 --only-seeds 6,4';
    expect(seedsIn(some.split(' '))?.seeds).toEqual([4, 6]);
    const others = ['--seeds 1', '--seeds two', '--epochs 2', '--help', '--seed x --seeds 2'];
    for (const line of [...others, '--seeds 3 --only-seeds 4', '--seeds 3 --only-seeds 1,x']) {
      expect(seedsIn(line.split(' '))).toBeUndefined();
    }
  });

  it('of a configuration file are refused', async () => {
    expect(await run('no', '--seeds 2')).toContain('--seeds: got 2 in a configuration file');
  });
});
