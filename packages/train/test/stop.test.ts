import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  adam,
  type Callback,
  evaluate,
  readRun,
  runPaths,
  sgd,
  train,
  type TrainOptions,
} from '@mnet/train';
import { mul, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { figures, tinyModel, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-stop-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
let folders = 0;
const folder = (): string => join(root, `run${++folders}`);
// Three steps an epoch.
const quick = { epochs: 4, batchSize: 16, optimizer: adam({ learningRate: 0.01 }), seed: 2 };
const stopAtEpoch = (last: number): Callback => ({
  onEpochEnd: ({ epoch }) => (epoch === last ? 'stop' : undefined),
});
const stopAtStep = (epoch: number, step: number): Callback => ({
  onStepEnd: async (info) => {
    await Promise.resolve();
    return info.epoch === epoch && info.step === step ? 'stop' : undefined;
  },
});

async function trained(options: Partial<TrainOptions> = {}) {
  const model = tinyModel({ dropout: 0.2 });
  const result = await train(model, data, { ...quick, ...options });
  return { model, result, weights: weightsOf(model) };
}

describe("'stop'", () => {
  it('from onEpochEnd ends the training with that epoch, tested as every other', async () => {
    const ended: unknown[] = [];
    const onTrainEnd = (): void => void ended.push('end');
    const whole = await trained();
    const { result } = await trained({ callbacks: [stopAtEpoch(2), { onTrainEnd }] });
    expect(result.status).toBe('stopped-early');
    expect(figures(result)).toEqual(figures(whole.result).slice(0, 2));
    expect(result.test?.count).toBe(24);
    expect(result.record.status).toBe('stopped-early');
    expect(ended).toEqual(['end']);
  });

  it('from onStepEnd ends the epoch after the step that is under way, and evaluates it', async () => {
    const steps: string[] = [];
    const onStepEnd: Callback['onStepEnd'] = ({ epoch, step }) => {
      steps.push(`${epoch}.${step}`);
    };
    const options = { callbacks: [stopAtStep(2, 1), { onStepEnd }], evaluateEvery: 3 };
    const { result } = await trained(options);
    expect(steps).toEqual(['1.1', '1.2', '1.3', '2.1', '2.2']);
    expect(result.status).toBe('stopped-early');
    expect(result.history.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 3],
      [2, 5],
    ]);
    // The first was not its turn; the last is evaluated all the same.
    const [first, last] = result.history;
    expect(first?.validationAccuracy).toBeUndefined();
    expect(last?.validationAccuracy).toBeGreaterThanOrEqual(0);
    expect(last?.imagesPerSecond).toBeGreaterThan(0);
    // Means are over the images of the two steps alone.
    expect((last?.trainAccuracy ?? 0) * 32).toBeCloseTo(
      Math.round((last?.trainAccuracy ?? 0) * 32),
      9,
    );
    expect(result.test).toBeDefined();
  });

  it('is not early where nothing was left to do', async () => {
    expect((await trained({ callbacks: [stopAtEpoch(4)] })).result.status).toBe('finished');
    const { result } = await trained({ callbacks: [stopAtStep(4, 3)] });
    expect(result.status).toBe('finished');
    expect(result.history.at(-1)?.step).toBe(12);
    const { result: late } = await trained({ callbacks: [stopAtStep(4, 2)] });
    expect(late.status).toBe('finished');
    expect((await trained({ callbacks: [stopAtStep(4, 1)] })).result.status).toBe('stopped-early');
  });

  it('of one callback counts, and the others hear of the same', async () => {
    const told: number[] = [];
    const onEpochEnd: Callback['onEpochEnd'] = ({ epoch }) => {
      told.push(epoch);
    };
    await trained({ callbacks: [{ onEpochEnd }, stopAtEpoch(1), { onEpochEnd }] });
    expect(told).toEqual([1, 1]);
  });

  it('ends with the averaged weights, or the best ones', async () => {
    const ema = { decay: 0.8 };
    const short = await trained({ ema, epochs: 2 });
    const stopped = await trained({ ema, callbacks: [stopAtEpoch(2)] });
    expect(stopped.weights).toEqual(short.weights);
    expect(stopped.result.test).toEqual(short.result.test);

    // The epoch that is cut short ruins what those before it have learned.
    const { result, model } = await trained({
      epochs: 8,
      optimizer: sgd({ momentum: 0.9 }),
      schedule:
        ({ stepsPerEpoch }) =>
        (step) =>
          step < 5 * stepsPerEpoch ? 0.05 : 30,
      bestWeights: true,
      callbacks: [stopAtStep(6, 1)],
    });
    expect(result.history).toHaveLength(6);
    expect(result.best.epoch).toBeLessThan(6);
    const again = await evaluate(model, data.validation);
    expect(again.accuracy).toBe(result.best.validationAccuracy);
    expect(again.loss).toBe(result.best.validationLoss);
  });
});

describe('a run that a callback has ended', () => {
  it.each([
    ['an epoch', stopAtEpoch(2)],
    ['a step', stopAtStep(2, 1)],
  ])('at %s is complete: it can be read, and is given back', async (_, callback) => {
    const run = folder();
    const { result, weights } = await trained({ run, callbacks: [callback] });
    expect(readRun(run)).toEqual(result.record);
    expect(readRun(run)).toMatchObject({ status: 'stopped-early', test: result.test });
    const log = readFileSync(runPaths(run).log, 'utf8');
    const again = await trained({ run, resume: true });
    expect(again.result).toEqual({ ...result, capture: { steps: 0, replayed: 0 } });
    expect(again.weights).toEqual(weights);
    expect(readFileSync(runPaths(run).log, 'utf8')).toBe(log);
  });

  it.each([
    ['an epoch', stopAtEpoch(2)],
    ['a step', stopAtStep(2, 1)],
  ])('at %s, and died in its test, ends there when it is resumed', async (_, callback) => {
    const options = { ema: { decay: 0.8 }, bestWeights: true, checkpointEvery: 3 };
    const straight = await trained({ ...options, callbacks: [callback] });
    const run = folder();
    const dies: Callback = {
      onProgress: ({ task }) => {
        if (task === 'test') throw new Error('dead');
      },
    };
    const died = trained({ ...options, run, callbacks: [callback, dies] });
    await expect(died).rejects.toThrow('dead');
    const steps: unknown[] = [];
    const onStepEnd: Callback['onStepEnd'] = (info) => {
      steps.push(info);
    };
    const model = tinyModel({ dropout: 0.2 });
    model.setWeights(model.getWeights().map((w) => mul(w, 0)));
    // Whoever goes on need not know the callback.
    const go = { ...quick, ...options, run, resume: true, callbacks: [{ onStepEnd }] };
    const rest = await train(model, data, go);
    expect(steps).toEqual([]);
    expect(figures(rest)).toEqual(figures(straight.result));
    expect(rest.test).toEqual(straight.result.test);
    expect(rest.status).toBe('stopped-early');
    expect(weightsOf(model)).toEqual(straight.weights);
  });

  it('at a step, and aborted in the evaluation of the epoch, evaluates it when it is resumed', async () => {
    const straight = await trained({ callbacks: [stopAtStep(2, 1)] });
    const run = folder();
    let evaluations = 0;
    const controller = new AbortController();
    const aborts: Callback = {
      onProgress: ({ task, done }) => {
        if (task === 'validation' && done === 12 && ++evaluations === 2) controller.abort();
      },
    };
    const work = trained({
      run,
      evaluationBatchSize: 12,
      signal: controller.signal,
      callbacks: [stopAtStep(2, 1), aborts],
    });
    await expect(work).rejects.toMatchObject({ name: 'AbortError', epoch: 2, step: 2 });
    const options = { run, evaluationBatchSize: 12, resume: true };
    const { result, weights } = await trained(options);
    expect(figures(result)).toEqual(figures(straight.result));
    expect(weights).toEqual(straight.weights);
  });
});

describe('what a callback returns', () => {
  it.each<[string, object, string]>([
    ['onStepEnd', { onStepEnd: () => true }, 'got the result true, takes'],
    ['onStepEnd', { onStepEnd: () => Promise.resolve('halt') }, "got the result 'halt', takes"],
    ['onEpochEnd', { onEpochEnd: () => null }, 'got the result null, takes'],
    ['onTrainBegin', { onTrainBegin: () => 'stop' }, "got the result 'stop', takes it from"],
    ['onProgress', { onProgress: async () => 'stop' }, "got the result 'stop', takes it from"],
    ['onTrainEnd', { onTrainEnd: () => 'stop' }, "got the result 'stop', takes it from"],
  ])('is refused by name: %s', async (method, callback, message) => {
    const callbacks = [{}, callback] as Callback[];
    await expect(trained({ callbacks })).rejects.toThrow(`callbacks[1].${method}: ${message}`);
  });

  it.each<[unknown, string]>([
    [{ onEpochend: () => {} }, 'callbacks[0]: got Object, takes an object whose methods are any'],
    [{ onStepEnd: 3 }, 'callbacks[0]: got Object, takes'],
    [() => {}, 'callbacks[0]: got a function, takes an object whose methods'],
    [null, 'callbacks[0]: got null, takes'],
  ])('and what is no callback: %j', async (callback, message) => {
    await expect(trained({ callbacks: [callback] as never })).rejects.toThrow(message);
  });
});

describe('an abort in the test', () => {
  it.each([
    ['the last epoch', {}, quick.epochs],
    ['early stopping', { epochs: 9, earlyStopping: { patience: 1, minDelta: 1 } }, 2],
  ])(
    'after %s says that the epochs are done, and the run is tested when it is resumed',
    async (_, ends, epoch) => {
      const each = { ...quick, ...ends, run: folder() };
      const controller = new AbortController();
      const onProgress = ({ task }: { task: string }): void => {
        if (task === 'test') controller.abort();
      };
      const aborted = {
        evaluationBatchSize: 10,
        signal: controller.signal,
        callbacks: [{ onProgress }],
      };
      await expect(train(tinyModel(), data, { ...each, ...aborted })).rejects.toMatchObject({
        message: `training was stopped after its last epoch, ${epoch}; resume: true goes on from its last checkpoint`,
        epoch,
        step: 3,
      });
      const { status, test } = await train(tinyModel(), data, {
        ...each,
        evaluationBatchSize: 10,
        resume: true,
      });
      expect({ status, count: test?.count }).toEqual({
        status: epoch === each.epochs ? 'finished' : 'stopped-early',
        count: 24,
      });
    },
  );
});
