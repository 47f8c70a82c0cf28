import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Callback,
  crossEntropyObjective,
  evaluate,
  type Objective,
  readRun,
  train,
  TrainingDivergedError,
  type TrainOptions,
} from '@mnet/train';
import { fill, mul, setBackend, tidy, type Variable } from '@tensorflow/tfjs-core';
import { layers, type LayersModel, sequential } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  abortAfter,
  figures,
  quick,
  tinyDataset,
  tinyModel,
  tinySplits,
  weightsOf,
} from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-callbacks-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
const later = async (message: string): Promise<void> => {
  await Promise.resolve();
  throw new Error(message);
};

describe('an error of a callback ends the training through its promise', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });
  afterEach(async () => {
    // Node tells of a rejection that nobody has handled when the loop turns.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    if (unhandled.length > 0) throw new Error('unhandled rejection', { cause: unhandled[0] });
  });

  it.each<[string, Callback]>([
    ['onTrainBegin', { onTrainBegin: () => later('bad') }],
    ['onStepEnd', { onStepEnd: () => later('bad') }],
    ['onEpochEnd', { onEpochEnd: () => later('bad') }],
    ['onTrainEnd', { onTrainEnd: () => later('bad') }],
    ['onProgress', { onProgress: () => later('bad') }],
    [
      'onProgress at the test',
      { onProgress: ({ task }) => (task === 'test' ? later('bad') : undefined) },
    ],
    [
      'onProgress, which throws at once',
      {
        onProgress: () => {
          throw new Error('bad');
        },
      },
    ],
  ])('%s', async (_, callback) => {
    const told: unknown[] = [];
    const onError = (error: unknown): void => void told.push(error);
    const work = train(tinyModel(), data, { ...quick, callbacks: [callback, { onError }] });
    await expect(work).rejects.toThrow('bad');
    expect(told).toEqual([expect.objectContaining({ message: 'bad' })]);
  });

  it('onProgress of a preparation that does not wait for it', async () => {
    const objective: Objective = {
      ...crossEntropyObjective(),
      setup({ progress }) {
        for (let i = 0; i < 3; i++) void progress('preparing', i, 3);
        return Promise.resolve({});
      },
    };
    let steps = 0;
    const callbacks = [{ onProgress: () => later('bad'), onStepEnd: () => void (steps += 1) }];
    const work = train(tinyModel(), data, { ...quick, objective, callbacks });
    await expect(work).rejects.toThrow('bad');
    expect(steps).toBe(0);
  });

  it('onProgress of an evaluation', async () => {
    const work = evaluate(tinyModel(), data.test, { onProgress: () => later('bad') });
    await expect(work).rejects.toThrow('bad');
  });

  it('but onError itself hides no error, and keeps no other from hearing of it', async () => {
    const told: unknown[] = [];
    const callbacks: Callback[] = [
      { onStepEnd: () => later('first'), onError: () => later('second') },
      { onError: (error) => void told.push(error) },
    ];
    const work = train(tinyModel(), data, { ...quick, callbacks });
    await expect(work).rejects.toThrow('first');
    expect(told).toEqual([expect.objectContaining({ message: 'first' })]);
  });

  it('and a run that is complete stays so', async () => {
    const run = join(root, 'complete');
    const callbacks = [{ onTrainEnd: () => later('bad') }];
    await expect(train(tinyModel(), data, { ...quick, run, callbacks })).rejects.toThrow('bad');
    expect(readRun(run).status).toBe('finished');
    const again = train(tinyModel(), data, { ...quick, run, resume: true, callbacks });
    await expect(again).rejects.toThrow('bad');
    expect(readRun(run).status).toBe('finished');
  });
});

describe('what onEpochEnd makes of the model', () => {
  const halve: Callback = {
    onEpochEnd: (_, model) => {
      for (const weight of model.getWeights()) {
        tidy(() => (weight as Variable).assign(mul(weight, 0.5)));
      }
    },
  };
  const trained = async (options: Partial<TrainOptions>) => {
    const model = tinyModel();
    const result = await train(model, data, { ...quick, ...options });
    return { weights: weightsOf(model), figures: figures(result) };
  };

  it('is trained on from, and what the training ends with', async () => {
    const seen: number[][] = [];
    const onEpochEnd = (_: unknown, model: LayersModel): void => void seen.push(weightsOf(model));
    const whole = await trained({ callbacks: [halve, { onEpochEnd }] });
    expect(whole.weights).toEqual(seen[1]);
    const run = join(root, 'halved');
    const onStepEnd: Callback['onStepEnd'] = ({ epoch }) => {
      if (epoch === 2) throw new Error('dead');
    };
    await expect(trained({ run, callbacks: [halve, { onStepEnd }] })).rejects.toThrow('dead');
    const rest = await trained({ run, resume: true, callbacks: [halve] });
    expect(rest).toEqual(whole);
  });

  it('is not passed over where the training is aborted within it', async () => {
    const whole = await trained({ callbacks: [halve] });
    const run = join(root, 'aborted');
    const controller = new AbortController();
    const { signal } = controller;
    const onEpochEnd = (): void => {
      controller.abort();
      signal.throwIfAborted();
    };
    const work = trained({ run, signal, callbacks: [{ onEpochEnd }, halve] });
    await expect(work).rejects.toThrow('resume: true goes on from its last checkpoint');
    expect(await trained({ run, resume: true, callbacks: [halve] })).toEqual(whole);
  });

  it('is none of the best weights, nor of averaged ones', async () => {
    const seen: number[][] = [];
    const onEpochEnd = (_: unknown, model: LayersModel): void => void seen.push(weightsOf(model));
    const options = { epochs: 1, callbacks: [{ onEpochEnd }, halve] };
    for (const more of [{ bestWeights: true }, { ema: { decay: 0.5 } }]) {
      const { weights } = await trained({ ...options, ...more });
      expect(weights).toEqual(seen.pop());
    }
  });

  it('ends the training where it is no number', async () => {
    const ruin: Callback = {
      onEpochEnd: ({ epoch }, model) => {
        if (epoch < 2) return;
        tidy(() => (model.getWeights()[0] as Variable).assign(fill([3, 3, 3, 4], Number.NaN)));
      },
    };
    const work = trained({ callbacks: [ruin] });
    await expect(work).rejects.toThrow(TrainingDivergedError);
    await expect(work).rejects.toMatchObject({ epoch: 2, step: 3 });
    await expect(work).rejects.toThrow(
      /^onEpochEnd of epoch 2 left the weight conv2d\S* NaN or infinite\. The model has the weights of the end of epoch 1 again$/,
    );
  });
});

describe('train refuses at the door', () => {
  it.each([
    ['val', 'validation'],
    ['tets', 'test'],
    ['training', 'train'],
    ['Validation', 'validation'],
  ])('the data %s, and says what it may be', async (key, meant) => {
    const work = train(tinyModel(), { ...data, [key]: data.test }, quick);
    await expect(work).rejects.toThrow(
      `data: unknown key '${key}', takes train, validation, test; write ${meant}`,
    );
    const odd = train(tinyModel(), { ...data, images: 3 } as never, quick);
    await expect(odd).rejects.toThrow(/unknown key 'images', takes train, validation, test$/);
  });

  it('a second training of a model, or of a part of it, while one goes on', async () => {
    const shared = tinyModel();
    const larger = sequential({ layers: [shared, layers.dense({ units: 3 })] });
    const refused: Promise<unknown>[] = [];
    const onTrainBegin = async (): Promise<void> => {
      for (const model of [shared, larger]) refused.push(train(model, data, quick));
      await Promise.allSettled(refused);
    };
    await train(shared, data, { ...quick, callbacks: [{ onTrainBegin }] });
    expect(refused).toHaveLength(2);
    for (const each of refused) {
      await expect(each).rejects.toThrow(/^model: '.*' or a part of it is being trained already/);
    }
    await expect(train(shared, data, { ...quick, ...abortAfter(1) })).rejects.toThrow('stopped');
    // Free again after an end of either kind.
    await train(larger, data, quick);
  });

  it('an objective that another training holds', async () => {
    const objective: Objective = { ...crossEntropyObjective(), setup: () => Promise.resolve({}) };
    let second: Promise<unknown> | undefined;
    const onTrainBegin = async (): Promise<void> => {
      second = train(tinyModel(), data, { ...quick, objective });
      await second.catch(() => {});
    };
    await train(tinyModel(), data, { ...quick, objective, callbacks: [{ onTrainBegin }] });
    await expect(second).rejects.toThrow("objective: 'crossEntropy' is in use by another training");
    await train(tinyModel(), data, { ...quick, objective });
  });

  it('data that does not fit the model', async () => {
    const { images, ...rest } = tinyDataset(8, 1);
    const wide = { ...rest, shape: [6, 12, 3] as const, images: new Uint8Array(2 * images.length) };
    await expect(train(tinyModel(), { train: wide }, quick)).rejects.toThrow(
      'data.train: its images are [6, 12, 3], the model takes [6, 6, 3]',
    );
  });
});
