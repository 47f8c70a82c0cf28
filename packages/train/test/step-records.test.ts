import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createRun,
  readRun,
  runPaths,
  sgd,
  type StepInfo,
  type StepRecord,
  train,
  type TrainOptions,
} from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { abortAfter, exampleConfig, tinyModel, tinySplits } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-steps-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
const folder = (): string => join(root, `run${++folders}`);
const data = tinySplits();
// Seven steps an epoch, the last one of six images.
const seven: TrainOptions = { epochs: 2, batchSize: 7, optimizer: sgd({ learningRate: 0.01 }) };
const steps = ({ steps: list }: { steps?: readonly StepRecord[] }): number[] =>
  (list ?? []).map(({ step }) => step);

describe('the records of steps', () => {
  it('stand at every so many steps and at the end of an epoch, with the means since the last', async () => {
    const run = folder();
    const infos: StepInfo[] = [];
    const told: StepRecord[] = [];
    const callbacks = [
      {
        onStepEnd: (info: StepInfo) => void infos.push(info),
        onStepRecord: (record: StepRecord) => void told.push(record),
      },
    ];
    const { record } = await train(tinyModel(), data, {
      ...seven,
      run,
      logEverySteps: 4,
      callbacks,
    });
    expect(steps(record)).toEqual([4, 7, 8, 12, 14]);
    expect(record.steps?.map(({ epoch }) => epoch)).toEqual([1, 1, 2, 2, 2]);
    expect(told).toEqual(record.steps);
    const losses = infos.map(({ stepLoss }) => stepLoss);
    const mean = (from: number, to: number): number => {
      const images = (step: number): number => (step % 7 === 6 ? 6 : 7);
      let [sum, count] = [0, 0];
      for (let s = from; s < to; s++) {
        sum += (losses[s] as number) * images(s);
        count += images(s);
      }
      return sum / count;
    };
    const ends = [0, 4, 7, 8, 12, 14];
    record.steps?.forEach(({ loss }, i) => {
      expect(loss).toBeCloseTo(mean(ends[i] as number, ends[i + 1] as number), 10);
    });
    const [first, second] = record.steps as [StepRecord, StepRecord];
    const all = (first.accuracy * 28 + second.accuracy * 20) / 48;
    expect(all).toBeCloseTo(record.epochs[0]?.trainAccuracy as number, 10);
    expect(first.learningRate).toBe(0.01);
    expect(readRun(run).steps).toEqual(record.steps);
  });

  it('are every tenth by default, and told without a folder', async () => {
    const told: number[] = [];
    const callbacks = [{ onStepRecord: ({ step }: StepRecord) => void told.push(step) }];
    const { record } = await train(tinyModel(), data, { ...seven, batchSize: 4, callbacks });
    expect(told).toEqual([10, 12, 20, 24]);
    expect(record.steps).toBeUndefined();
    await expect(train(tinyModel(), data, { ...seven, logEverySteps: 0 })).rejects.toThrow(
      'logEverySteps: got 0, takes a whole number from 1',
    );
  });

  it('end with the step at which a callback ends the training', async () => {
    const run = folder();
    const callbacks = [
      { onStepEnd: ({ step }: StepInfo) => (step === 4 ? ('stop' as const) : undefined) },
    ];
    const { record } = await train(tinyModel(), data, {
      ...seven,
      run,
      logEverySteps: 3,
      callbacks,
    });
    expect(steps(record)).toEqual([3, 5]);
    expect(record.epochs[0]?.step).toBe(5);
  });

  it('of a resumed run are those of one that went through', async () => {
    const whole = await train(tinyModel(), data, { ...seven, run: folder(), logEverySteps: 4 });
    const run = folder();
    const stopped = train(tinyModel(), data, {
      ...seven,
      run,
      logEverySteps: 4,
      ...abortAfter(10),
    });
    await expect(stopped).rejects.toThrow('was stopped');
    expect(steps(readRun(run))).toEqual([4, 7, 8]);
    const rest = await train(tinyModel(), data, { ...seven, run, logEverySteps: 4, resume: true });
    expect(rest.record.steps).toEqual(whole.record.steps);
  });
});

describe('a log of steps', () => {
  const record = (step: number, loss: number): StepRecord => {
    return { step, epoch: Math.ceil(step / 7), learningRate: 0.1, loss, accuracy: 0.5 };
  };
  const epoch = (n: number) => ({
    epoch: n,
    step: 7 * n,
    learningRate: 0.1,
    trainLoss: 1,
    trainAccuracy: 0.5,
    seconds: 2,
    imagesPerSecond: 100,
  });

  it('forgets at a resume what came after the checkpoint, also where it is parted anew', async () => {
    const dir = folder();
    const run = await createRun(dir, exampleConfig());
    for (const step of [4, 7]) run.log({ event: 'step', ...record(step, 1) });
    run.log({ event: 'epoch', ...epoch(1) });
    for (const step of [8, 10, 12]) run.log({ event: 'step', ...record(step, 1) });
    expect(steps(readRun(dir))).toEqual([4, 7, 8, 10, 12]);
    run.log({ event: 'resume', run: run.config.id, epoch: 2, step: 2 });
    expect(steps(readRun(dir))).toEqual([4, 7, 8]);
    run.log({ event: 'step', ...record(11, 2) });
    expect(steps(readRun(dir))).toEqual([4, 7, 8, 11]);
    run.log({ event: 'resume', run: run.config.id, epoch: 1, step: 3 });
    for (const step of [7, 4]) run.log({ event: 'step', ...record(step, 3) });
    const { steps: list } = readRun(dir);
    expect(list).toEqual([record(4, 3), record(7, 3)]);
    run.close();
  });

  it('may end in a torn line, and is named where a line is bad', async () => {
    const dir = folder();
    const run = await createRun(dir, exampleConfig());
    run.log({ event: 'step', ...record(4, 1) });
    const { log: file } = runPaths(dir);
    const [, second = ''] = readFileSync(file, 'utf8').split('\n');
    appendFileSync(file, second.slice(0, -9));
    expect(steps(readRun(dir))).toEqual([4]);
    appendFileSync(file, '\n');
    expect(() => readRun(dir)).toThrow(`${file}:3: not a line of this run's log`);
    run.close();
    for (const [line, message] of [
      ['{"event":"step","step":0}', 'step: got 0, takes a whole number from 1'],
      ['{"event":"step","step":1,"epoch":1,"learningRate":1,"loss":null}', 'loss: got null'],
      [`{"event":"resume","run":"${run.config.id}","epoch":1}`, 'step: got undefined'],
    ] as const) {
      const other = folder();
      const bad = await createRun(other, exampleConfig());
      const text = line.replace(run.config.id, bad.config.id);
      bad.close();
      appendFileSync(runPaths(other).log, `${text}\n`);
      expect(() => readRun(other)).toThrow(`${runPaths(other).log}:2: not a line`);
      expect(() => readRun(other)).toThrow(message);
    }
  });
});
