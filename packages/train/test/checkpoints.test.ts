import fs, {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '@mnet/core/files';
import { adam, readRun, runPaths, sgd, train, type TrainOptions } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkpointFile, checkpointFiles } from '../src/runs/checkpoint-files.ts';
import {
  abortAfter,
  checkpointsOf,
  figures,
  lastCheckpoint,
  tinyModel,
  tinySplits,
  weightsOf,
} from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-checkpoints-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

const data = tinySplits();
let folders = 0;
const folder = (): string => join(root, `run${++folders}`);
// Three steps an epoch.
const quick = { epochs: 3, batchSize: 16, optimizer: adam({ learningRate: 0.01 }), seed: 4 };
const model = () => tinyModel({ dropout: 0.2 });

async function trained(options: Partial<TrainOptions> = {}) {
  const network = model();
  const result = await train(network, data, { ...quick, ...options });
  return { result, weights: weightsOf(network) };
}

/** Names of checkpoints, from numbers of epochs and steps. */
const named = (...done: readonly (readonly [number, number])[]): string[] =>
  done.map(([epoch, step]) => `epoch-000${epoch}-step-00000${step}.safetensors`);

describe('checkpoints', () => {
  it('are written every so many steps over all epochs, and change no bits', async () => {
    const whole = await trained();
    const run = folder();
    const seen: string[][] = [];
    const onStepEnd = () => void seen.push(checkpointsOf(run));
    const every = { checkpointEverySteps: 2, checkpointEvery: 2, keepCheckpoints: 9 };
    const { result, weights } = await trained({ run, ...every, callbacks: [{ onStepEnd }] });
    // That of step 6 follows the evaluation at the epoch's end; of epoch 1, which has no turn, there is none.
    expect(checkpointsOf(run)).toEqual(named([0, 0], [0, 2], [1, 4], [2, 6], [2, 8], [3, 9]));
    expect(seen.map((names) => names.length)).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5]);
    expect(weights).toEqual(whole.weights);
    expect(figures(result)).toEqual(figures(whole.result));
  });

  it('after the last step of an epoch hold its evaluation, where the epoch has no turn by itself', async () => {
    const run = folder();
    const every = { checkpointEverySteps: 3, checkpointEvery: 9, keepCheckpoints: 9 };
    await trained({ run, ...every });
    expect(checkpointsOf(run)).toEqual(named([0, 0], [1, 3], [2, 6], [3, 9]));
  });

  it('are kept as many as that is asked for, the last ones', async () => {
    const run = folder();
    await trained({ run, checkpointEverySteps: 1 });
    expect(checkpointsOf(run)).toEqual(named([2, 8], [3, 9]));
    await trained({ run, checkpointEverySteps: 1, keepCheckpoints: 1, overwrite: true });
    expect(checkpointsOf(run)).toEqual(named([3, 9]));
    await trained({ run, keepCheckpoints: 3, overwrite: true });
    expect(checkpointsOf(run)).toEqual(named([1, 3], [2, 6], [3, 9]));
  });

  it('are in the order of their numbers, however many digits those have', () => {
    const paths = runPaths(folder());
    const progress = (epoch: number, steps: number) =>
      checkpointFile(paths, { epoch, step: 0, history: [{ step: steps } as never] });
    const files = [progress(2, 999_999), progress(9999, 1e6), progress(10_000, 1e6)];
    expect(files[0]).toBe(join(paths.checkpoints, 'epoch-0002-step-999999.safetensors'));
    fs.mkdirSync(paths.checkpoints, { recursive: true });
    for (const file of files.toReversed()) writeFileSync(file, '');
    writeFileSync(join(paths.checkpoints, 'notes.txt'), 'mine');
    expect(checkpointFiles(paths)).toEqual(files);
    writeFileSync(paths.checkpoint, '');
    expect(checkpointFiles(paths)).toEqual([paths.checkpoint, ...files]);
  });

  it.each([1, 2, 4, 5, 7])(
    'of a training that died at step %i go on to the same bits',
    async (at) => {
      const options = { ema: { decay: 0.8 }, bestWeights: true };
      const whole = await trained(options);
      const run = folder();
      let steps = 0;
      const onStepEnd = () => {
        if (++steps === at) throw new Error('dead');
      };
      const dies = { ...options, run, checkpointEverySteps: 2, callbacks: [{ onStepEnd }] };
      await expect(trained(dies)).rejects.toThrow('dead');
      const made: number[] = [];
      const counts = { onStepEnd: ({ step }: { step: number }) => void made.push(step) };
      const { result, weights } = await trained({
        ...options,
        run,
        resume: true,
        callbacks: [counts],
      });
      // At an even step it had died before its checkpoint; a pause of the epoch's end counts as one.
      const last = Math.max(...[0, 2, 3, 4, 6].filter((step) => step < at));
      expect(made).toHaveLength(9 - last);
      expect(weights).toEqual(whole.weights);
      expect(figures(result)).toEqual(figures(whole.result));
    },
  );

  it('of a version that kept a single one are gone on from, and give way', async () => {
    const whole = await trained();
    const run = folder();
    await expect(trained({ run, ...abortAfter(5) })).rejects.toThrow('was stopped');
    const { checkpoint, checkpoints } = runPaths(run);
    copyFileSync(lastCheckpoint(run), checkpoint);
    rmSync(checkpoints, { recursive: true });
    // It dies after its first checkpoint of its own.
    const onStepEnd = ({ step, epoch }: { step: number; epoch: number }) => {
      if (epoch === 3 && step === 2) throw new Error('dead');
    };
    const go = { run, resume: true, checkpointEverySteps: 1, keepCheckpoints: 1 };
    await expect(trained({ ...go, callbacks: [{ onStepEnd }] })).rejects.toThrow('dead');
    expect(existsSync(checkpoint)).toBe(false);
    expect(checkpointsOf(run)).toEqual(named([2, 7]));
    expect((await trained(go)).weights).toEqual(whole.weights);
    expect(existsSync(checkpoint)).toBe(true);
  });

  it('hold that a callback has ended the training at their very step', async () => {
    const stops = {
      onStepEnd: ({ epoch, step }: { epoch: number; step: number }) =>
        epoch === 2 && step === 1 ? ('stop' as const) : undefined,
    };
    const every = { checkpointEverySteps: 2 };
    const whole = await trained({ run: folder(), ...every, callbacks: [stops] });
    expect(whole.result.history.at(-1)?.step).toBe(4);
    const run = folder();
    let evaluations = 0;
    const dies = {
      onProgress: ({ task, done }: { task: string; done: number }) => {
        if (task === 'validation' && done === 24 && ++evaluations === 2) throw new Error('dead');
      },
    };
    await expect(trained({ run, ...every, callbacks: [stops, dies] })).rejects.toThrow('dead');
    expect(checkpointsOf(run)).toEqual(named([1, 3], [1, 4]));
    // Whoever goes on need not know the callback.
    const { result, weights } = await trained({ run, resume: true });
    expect(result.status).toBe('stopped-early');
    expect(figures(result)).toEqual(figures(whole.result));
    expect(weights).toEqual(whole.weights);
  });

  it('within an epoch are what a training that diverges goes back to', async () => {
    const run = folder();
    const schedule = () => (step: number) => (step < 5 ? 0.01 : 1e38);
    const ruin = { optimizer: sgd(), schedule, run, checkpointEverySteps: 2, keepCheckpoints: 1 };
    const network = tinyModel();
    const work = train(network, data, { ...quick, ...ruin });
    await expect(work).rejects.toThrow('The model has the weights of step 1 of epoch 2 again');
    expect(readRun(run).status).toBe('diverged');
    expect(checkpointsOf(run)).toEqual(named([1, 4]));
    const straight = tinyModel();
    const stops = {
      onStepEnd: ({ epoch }: { epoch: number }) => (epoch === 2 ? 'stop' : undefined),
    };
    await train(straight, data, {
      ...quick,
      optimizer: sgd(),
      schedule,
      run: folder(),
      checkpointEverySteps: 4,
      callbacks: [stops],
    });
    // A training that stopped at that step has those weights.
    expect(weightsOf(network)).toEqual(weightsOf(straight));
  });

  it.each<[Partial<TrainOptions>, string]>([
    [{ checkpointEverySteps: 0 }, 'checkpointEverySteps: got 0, takes a whole number from 1'],
    [{ checkpointEverySteps: 1.5 }, 'checkpointEverySteps: got 1.5, takes a whole number'],
    [{ keepCheckpoints: 0 }, 'keepCheckpoints: got 0, takes a whole number from 1'],
    [{ keepCheckpoints: 3 }, "keepCheckpoints: got 3 without run, takes the run's folder"],
    [{ checkpointEverySteps: 3 }, 'checkpointEverySteps: got 3 without run, takes'],
  ])('refuse bad options: %j', async (options, message) => {
    await expect(trained(options)).rejects.toThrow(message);
  });
});

describe('a last checkpoint that is damaged', () => {
  async function halted() {
    const run = folder();
    const every = { checkpointEverySteps: 1, keepCheckpoints: 3 };
    await expect(trained({ run, ...every, ...abortAfter(6) })).rejects.toThrow('was stopped');
    const { checkpoints } = runPaths(run);
    const files = checkpointsOf(run).map((name) => join(checkpoints, name)) as [
      string,
      string,
      string,
    ];
    return { run, files, resume: () => trained({ run, resume: true }) };
  }

  it('is named, with the last good one; without it the run goes on from that', async () => {
    const whole = await trained();
    const { run, files, resume } = await halted();
    const [good, middle, last] = files;
    writeFileSync(last, readFileSync(last).subarray(0, 500));
    await expect(resume()).rejects.toThrow(
      new RegExp(
        `^${last}: not a whole checkpoint .*; ${middle} is the last good one: remove ${last} to`,
      ),
    );
    const bytes = readFileSync(middle);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(middle, bytes);
    await expect(resume()).rejects.toThrow(
      `; ${good} is the last good one: remove ${last} and ${middle} to go on from it`,
    );
    rmSync(last);
    await expect(resume()).rejects.toThrow(`${middle}: damaged, its content does not have`);
    rmSync(middle);
    const { result, weights } = await resume();
    expect(weights).toEqual(whole.weights);
    expect(figures({ history: readRun(run).epochs })).toEqual(figures(whole.result));
    expect(result.status).toBe('finished');
  });

  it('is named where none is good, and where it is no file', async () => {
    const { files, resume } = await halted();
    for (const file of files) writeFileSync(file, 'x');
    await expect(resume()).rejects.toThrow('; restore it from a copy, or write overwrite: true');
    const [, , last] = files;
    rmSync(last);
    fs.mkdirSync(last);
    await expect(resume()).rejects.toThrow(`${last}: could not be read: EISDIR`);
  });

  it('of a complete run too', async () => {
    const run = folder();
    const { weights } = await trained({ run });
    const { checkpoint } = runPaths(run);
    writeFileSync(checkpoint, 'x');
    const resume = () => trained({ run, resume: true });
    const last = lastCheckpoint(run);
    await expect(resume()).rejects.toThrow(`${last} is the last good one: remove ${checkpoint} to`);
    rmSync(checkpoint);
    const again = await resume();
    expect(again.weights).toEqual(weights);
    expect(again.result.status).toBe('finished');
  });
});

describe('a full disk', () => {
  /** Has no room for files of that name from now on. */
  function fill(name: RegExp): void {
    const full = () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    const { openSync, appendFileSync } = fs;
    vi.spyOn(fs, 'openSync').mockImplementation((...args) =>
      name.test(String(args[0])) && args[1] === 'wx' ? full() : openSync(...args),
    );
    vi.spyOn(fs, 'appendFileSync').mockImplementation((file, text) => {
      if (!name.test(String(file))) return appendFileSync(file, text);
      appendFileSync(file, String(text).slice(0, 20));
      return full();
    });
  }

  it.each([
    ['a checkpoint', /step-000005/],
    ['the log', /log\.jsonl/],
    ['the table', /metrics\.csv/],
  ])(
    'that has no room for %s leaves the earlier checkpoints, and says which is the last',
    async (_, name) => {
      const whole = await trained();
      const run = folder();
      let steps = 0;
      const onStepEnd = () => {
        if (++steps === 4) fill(name);
      };
      const go = { run, checkpointEverySteps: 1 };
      const error = await trained({ ...go, callbacks: [{ onStepEnd }] }).catch((thrown) => thrown);
      vi.restoreAllMocks();
      expect(error).toBeInstanceOf(FileError);
      expect(error.code).toBe('disk-full');
      expect(error.message).toMatch(name);
      expect(error.message).toContain(
        `: could not be written: ENOSPC: no space left on device, write; the last good checkpoint is ${lastCheckpoint(run)}; free some space, then resume: true goes on from it`,
      );
      expect(checkpointsOf(run)).toHaveLength(2);
      expect(
        readdirSync(run, { recursive: true }).filter((n) => String(n).endsWith('tmp')),
      ).toEqual([]);
      expect(readRun(run).epochs[0]?.epoch).toBe(1);
      const { result, weights } = await trained({ ...go, resume: true });
      expect(weights).toEqual(whole.weights);
      expect(figures(result)).toEqual(figures(whole.result));
    },
  );

  it('that has room for none says so', async () => {
    fill(/step-000000/);
    await expect(trained({ run: folder() })).rejects.toThrow(
      'no checkpoint was written yet; free some space, then resume: true starts anew',
    );
  });
});
