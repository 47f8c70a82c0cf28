import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { train } from '@mnet/train';
import { setBackend, sum, type Tensor2D } from '@tensorflow/tfjs-core';
import {
  input as inputOf,
  layers,
  type LayersModel,
  model as modelOf,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { quick, tinyDataset, tinyModel, tinySplits } from './tiny.ts';

beforeAll(() => setBackend('cpu'));

const data = tinySplits();

describe('bad arguments', () => {
  const one = { train: data.train };
  const gray = { ...tinyDataset(4, 1), shape: [6, 6, 1], mean: [0], std: [1] };
  const two = { ...data.train, classes: ['a', 'b'], labels: new Int32Array(48) };

  it.each([
    [{ epochs: 0 }, 'epochs: got 0, takes a number above 0'],
    [{ epochs: Number.NaN }, 'epochs: got NaN, takes a number above 0'],
    [{ batchsize: 3 }, "unknown option 'batchsize', takes epochs, batchSize"],
    [{ batchSize: 2.5 }, 'batchSize: got 2.5'],
    [{ optimizer: 'adam' }, "optimizer: got 'adam', takes sgd(), adam()"],
    [{ schedule: 0.1 }, 'schedule: got 0.1, takes constant(rate)'],
    [{ schedule: () => 0.1 }, 'schedule: its result is no function'],
    [{ schedule: () => () => Number.NaN }, 'its rate at step 0: got NaN'],
    [{ loss: 'mse' }, "loss: got 'mse', takes (logits, labels) => Scalar"],
    [{ loss: () => 1, labelSmoothing: 0.1 }, 'loss, labelSmoothing: got 2 of them'],
    [{ loss: () => undefined }, "loss: got undefined as the result of 'loss', takes a Scalar"],
    [{ loss: () => 1 }, "loss: got 1 as the result of 'loss', takes a Scalar"],
    [
      { loss: (logits: Tensor2D) => sum(logits, 1) },
      "loss: got a tensor [48] as the result of 'loss', takes a Scalar, such as the mean",
    ],
    [{ labelSmoothing: 2 }, 'labelSmoothing: got 2'],
    [{ ema: { decay: 2 } }, 'ema.decay: got 2'],
    [{ ema: { beta: 2 } }, "ema: unknown option 'beta'"],
    [{ augment: { zoom: true } }, 'zoom'],
    [{ augment: { crop: { padding: 7 } }, run: 'x' }, 'augment.crop.padding: got 7'],
    [{ augment: true }, 'augment: got true, takes an object such as'],
    [{ signal: 'SIGINT' }, "signal: got 'SIGINT', takes an AbortSignal"],
    [{ run: '' }, "run: got '', takes the path of a folder"],
    [{ earlyStopping: { patience: 2, metric: 'loss' } }, "earlyStopping.metric: got 'loss'"],
    [{ resume: true }, 'resume: got true without run'],
    [{ overwrite: true }, 'overwrite: got true without run'],
    [{ overwrite: true, resume: true, run: 'x' }, 'got true for both'],
    [{ batchSize: 49, dropLast: true }, 'takes at most the 48 training images'],
    [{ earlyStopping: { patience: 0 } }, 'earlyStopping.patience: got 0'],
    [{ callbacks: {} }, 'callbacks: got Object, takes an array'],
    [{ objective: {} }, 'objective: got Object, takes an Objective'],
    [{ classWeights: [1, 2] }, 'classWeights: got 2 of them, takes one for each of the 3 classes'],
    [{ classWeights: [0, 0, 0] }, 'classWeights: got no weight above 0'],
    [{ classWeights: [1, -1, 1] }, 'classWeights[1]: got -1'],
    [{ classWeights: 'even' }, "classWeights: got 'even', takes 'balanced', or numbers from 0"],
    [{ classWeights: [1, 1, 1], loss: Math.max }, 'loss, classWeights: got 2 of them, takes one'],
    [
      { classWeights: 'balanced' },
      "classWeights: got 'balanced' and no training image of 'blue'",
      { train: tinyDataset(2, 1) },
    ],
    [{ bestWeights: true }, 'takes data.validation', one],
    [{ bestWeights: 'validationLoss' }, "got 'validationLoss' without validation", one],
    [
      { bestWeights: 'trainLoss' },
      "bestWeights: got 'trainLoss', takes one of 'validationAccuracy', 'validationLoss'",
    ],
    [{ bestWeights: 1 }, 'bestWeights: got 1, takes true or false'],
    [{ earlyStopping: { patience: 1 } }, "metric: 'trainLoss'", one],
    [{}, 'takes { train, validation?, test? } (write { train: dataset })', data.train],
    [{}, 'data: got null', null],
    [{}, 'data.train: got no images', { train: tinyDataset(0, 1) }],
    [{}, 'data.validation: it has 2 classes', { ...one, validation: two }],
    [
      {},
      "data.test.classes[1]: got 'blue', takes 'green', as data.train; give all parts the same",
      { ...data, test: { ...data.test, classes: ['red', 'blue', 'green'] } },
    ],
    [{}, 'data.train', { train: gray }],
    [
      {},
      'data.validation.std: got [0.2, 0.2, 0.25], takes [0.2, 0.2, 0.2], as data.train; write { ...validation, mean: train.mean',
      { ...data, validation: { ...data.validation, std: [0.2, 0.2, 0.25] } },
    ],
  ])(
    'are named, with what to write instead: %j',
    async (options, message, splits: object | null = data) => {
      const work = train(tinyModel(), splits as never, { epochs: 1, ...options } as never);
      await expect(work).rejects.toThrow(message);
    },
  );

  it('are found in the model', async () => {
    const soft = sequential({ layers: [layers.flatten({ inputShape: [6, 6, 3] })] });
    soft.add(layers.dense({ units: 3 }));
    soft.add(layers.softmax());
    const input = inputOf({ shape: [6, 6, 3] });
    const within = modelOf({ inputs: input, outputs: soft.apply(input) as SymbolicTensor });
    for (const each of [soft, within]) {
      await expect(train(each, data, quick)).rejects.toThrow('ends in a softmax, takes logits');
    }
  });

  it('are weights of one name, which a run could not load again, before a folder is made', async () => {
    const input = inputOf({ shape: [6, 6, 3] });
    const branch = (): LayersModel => {
      const flat = layers.flatten({ inputShape: [6, 6, 3] });
      return sequential({ layers: [flat, layers.dense({ units: 3, name: 'head' })] });
    };
    const both = layers.add().apply([branch(), branch()].map((each) => each.apply(input)) as never);
    const net = modelOf({ inputs: input, outputs: both as SymbolicTensor });
    const run = join(tmpdir(), `mnet-savable-${process.pid}`);
    await expect(train(net, data, { ...quick, run })).rejects.toThrow(
      "model: two of its weights are named 'head/kernel', takes one name a weight",
    );
    expect(existsSync(run)).toBe(false);
    // Without a folder nothing is saved.
    expect((await train(net, data, quick)).status).toBe('finished');
  });
});
