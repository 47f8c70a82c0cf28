import {
  adamW,
  type Callback,
  constant,
  cosine,
  type EpochRecord,
  evaluate,
  sgd,
  type StepInfo,
  train,
} from '@mnet/train';
import {
  losses,
  memory,
  oneHot,
  type Scalar,
  setBackend,
  type Tensor1D,
  type Tensor2D,
  train as stock,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { figures, quick, tinyDataset, tinyModel, tinySplits, trained, weightsOf } from './tiny.ts';

beforeAll(() => setBackend('cpu'));

const data = tinySplits();

describe('train', () => {
  it('learns, and tells what it did', async () => {
    const { model, result } = await trained({
      epochs: 15,
      optimizer: sgd({ momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
      schedule: cosine({ peak: 0.1, warmupEpochs: 1 }),
    });
    expect(result.test?.accuracy).toBeGreaterThan(0.8);
    expect(result.history).toHaveLength(15);
    const [first, last] = [result.history[0], result.history.at(-1)] as [EpochRecord, EpochRecord];
    expect(last.trainLoss).toBeLessThan(first.trainLoss / 2);
    expect(last.step).toBe(45);
    expect(first.learningRate).toBeCloseTo(0.075, 12);
    const again = await evaluate(model, data.validation);
    expect(last.validationLoss).toBe(again.loss);
    expect(last.validationAccuracy).toBe(again.accuracy);
    expect(result.best.validationAccuracy).toBe(
      Math.max(...result.history.map((r) => r.validationAccuracy ?? 0)),
    );
    expect(result.status).toBe('finished');
    expect(result.record).toMatchObject({
      format: 2,
      status: 'finished',
      name: 'tiny',
      model: { name: 'tiny', trainableParameters: 227, nonTrainableParameters: 8 },
      dataset: { name: 'tiny', train: 48, validation: 24, test: 24 },
      environment: { backend: 'cpu', node: process.version },
      objective: { name: 'crossEntropy', labelSmoothing: 0 },
      options: { seed: 0, optimizer: { name: 'sgd' }, schedule: { name: 'cosine', peak: 0.1 } },
    });
    expect(result.test?.perClassAccuracy).toHaveLength(3);
  });

  it('counts loss and accuracy over the images of an epoch, also where the last batch is smaller', async () => {
    const model = tinyModel();
    // At a rate of 0 the loss over the epoch is that of the initial weights, in training mode.
    const seen: StepInfo[] = [];
    const { history } = await train(
      model,
      { train: tinyDataset(20, 1) },
      {
        epochs: 1,
        batchSize: 16,
        optimizer: sgd(),
        schedule: constant(0),
        callbacks: [{ onStepEnd: (info) => void seen.push(info) }],
      },
    );
    expect(seen.map(({ step }) => step)).toEqual([1, 2]);
    expect(seen.at(-1)?.loss).toBe(history[0]?.trainLoss);
    const [first = 0, last = 0] = seen.map(({ stepLoss }) => stepLoss);
    expect(seen[0]?.loss).toBe(first);
    expect(seen.at(-1)?.loss).toBeCloseTo((16 * first + 4 * last) / 20, 12);
    expect(last).not.toBe(first);
    expect((history[0]?.trainAccuracy ?? 0) * 20).toBeCloseTo(
      Math.round((history[0]?.trainAccuracy ?? 0) * 20),
      9,
    );
    const dropped = await train(
      tinyModel(),
      { train: tinyDataset(20, 1) },
      {
        epochs: 1,
        batchSize: 16,
        dropLast: true,
      },
    );
    expect(dropped.history[0]?.step).toBe(1);
  });

  it('gives the same bits for the same seed, others for another', async () => {
    const options = { augment: { crop: { padding: 1 }, flip: true } };
    const one = await trained({ ...options, seed: 7 }, tinyModel({ dropout: 0.3 }));
    const two = await trained({ ...options, seed: 7 }, tinyModel({ dropout: 0.3 }));
    const three = await trained({ ...options, seed: 8 }, tinyModel({ dropout: 0.3 }));
    expect(one.weights).toEqual(two.weights);
    expect(one.weights).not.toEqual(three.weights);
    expect(figures(one.result)).toEqual(figures(two.result));
  });

  it('draws another dropout mask at each step, and leaves the layer its seed', async () => {
    const masks = async (): Promise<unknown[]> => {
      const model = tinyModel({ dropout: 0.5 });
      const dropout = model.layers.find(
        (l) => l.getClassName() === 'Dropout',
      ) as LayersModel['layers'][0];
      const seeds: unknown[] = [];
      const call = dropout.call.bind(dropout);
      dropout.call = (inputs, options) => {
        if (options.training) seeds.push(dropout.getConfig().seed);
        return call(inputs, options);
      };
      await trained({}, model);
      expect(dropout.getConfig().seed).toBeUndefined();
      return seeds;
    };
    const seeds = await masks();
    expect(new Set(seeds).size).toBe(6);
    expect(await masks()).toEqual(seeds);
  });

  it('leaves no tensor behind', async () => {
    const model = tinyModel({ dropout: 0.1, l2: true });
    await train(model, data, quick);
    const before = memory().numTensors;
    const counts: number[] = [];
    await train(model, data, {
      ...quick,
      epochs: 4,
      ema: { decay: 0.9 },
      bestWeights: true,
      augment: { flip: true },
      callbacks: [{ onEpochEnd: () => void counts.push(memory().numTensors) }],
    });
    expect(memory().numTensors).toBe(before);
    expect(new Set(counts).size).toBe(1);
  });

  it("trains with tfjs's own optimizers", async () => {
    const { result } = await trained({
      epochs: 8,
      optimizer: stock.adam(0.02),
      schedule: cosine({ peak: 0.02 }),
    });
    expect(result.test?.accuracy).toBeGreaterThan(0.6);
    expect(result.record.options).toMatchObject({ optimizer: { name: 'Adam' } });
  });

  it('weighs classes, and knows how often each is there', async () => {
    const plain = await trained({ labelSmoothing: 0.1 });
    const equal = await trained({ labelSmoothing: 0.1, classWeights: [2, 2, 2] });
    equal.result.history.forEach(({ trainLoss }, i) => {
      expect(trainLoss).toBeCloseTo(plain.result.history[i]?.trainLoss as number, 5);
    });
    expect(equal.result.record.objective).toEqual({
      name: 'crossEntropy',
      labelSmoothing: 0.1,
      classWeights: [2, 2, 2],
    });
    // 6 images of the first class, 12 of the second, 18 of the third.
    const labels = Int32Array.from({ length: 36 }, (_, i) => (i < 6 ? 0 : i < 18 ? 1 : 2));
    const skewed = { train: { ...tinyDataset(36, 1), labels } };
    const weightsAfter = async (classWeights: 'balanced' | readonly number[]) => {
      const model = tinyModel();
      await train(model, skewed, { ...quick, classWeights });
      return weightsOf(model);
    };
    const balanced = await weightsAfter('balanced');
    expect(balanced).toEqual(await weightsAfter([36 / 18, 36 / 36, 36 / 54]));
    expect(balanced).not.toEqual(await weightsAfter([1, 1, 1]));
    const before = memory().numTensors;
    await trained({ classWeights: [0, 0, 1] }, tinyModel());
    const after = memory().numTensors;
    await trained({}, tinyModel());
    // As many as a model and its training leave without weights.
    expect(after - before).toBe(memory().numTensors - after);
  });

  it('takes any loss of logits and labels', async () => {
    const named = function squaredError(logits: Tensor2D, labels: Tensor1D): Scalar {
      return losses.meanSquaredError(oneHot(labels, 3), logits) as Scalar;
    };
    const { result } = await trained({ loss: named, epochs: 4 });
    expect(result.record.objective).toEqual({ name: 'squaredError' });
    expect(result.history[3]?.trainLoss).toBeLessThan(result.history[0]?.trainLoss ?? 0);
    const smooth = await trained({ labelSmoothing: 0.9 });
    expect(smooth.result.record.objective).toEqual({ name: 'crossEntropy', labelSmoothing: 0.9 });
    expect(smooth.weights).not.toEqual((await trained()).weights);
  });

  it("adds the layers' regularizers", async () => {
    const plain = await trained({ epochs: 1, schedule: constant(0) });
    const regular = await trained({ epochs: 1, schedule: constant(0) }, tinyModel({ l2: true }));
    const kernel = [...(tinyModel().getWeights()[0]?.dataSync() ?? [])];
    const penalty = kernel.reduce((total, w) => total + 0.01 * Math.abs(w) + 0.01 * w * w, 0);
    expect(
      (regular.result.history[0]?.trainLoss ?? 0) - (plain.result.history[0]?.trainLoss ?? 0),
    ).toBeCloseTo(penalty, 5);
  });

  it('trains what is trainable alone', async () => {
    const model = tinyModel();
    (model.layers[0] as LayersModel['layers'][0]).trainable = false;
    const frozen = [...(model.layers[0]?.getWeights()[0]?.dataSync() ?? [])];
    await train(model, data, quick);
    expect([...(model.layers[0]?.getWeights()[0]?.dataSync() ?? [])]).toEqual(frozen);
    model.trainable = false;
    await expect(train(model, data, quick)).rejects.toThrow('has no trainable weights');
  });
});

describe('callbacks', () => {
  it('are told of everything in order', async () => {
    const events: string[] = [];
    await trained({
      epochs: 2,
      batchSize: 24,
      callbacks: [
        {
          onTrainBegin: ({ stepsPerEpoch, images }) =>
            void events.push(`${stepsPerEpoch} ${images}`),
          onStepEnd: ({ epoch, step }) => void events.push(`step ${epoch}.${step}`),
          onProgress: ({ task, done, total }) => void events.push(`${task} ${done}/${total}`),
          onEpochEnd: ({ epoch }) => void events.push(`epoch ${epoch}`),
          onTrainEnd: async () => {
            await Promise.resolve();
            events.push('end');
          },
        },
      ],
    });
    expect(events.join(', ')).toBe(
      '2 48, step 1.1, step 1.2, validation 24/24, epoch 1, ' +
        'step 2.1, step 2.2, validation 24/24, epoch 2, test 24/24, end',
    );
  });

  it('end the training by throwing', async () => {
    const callback: Callback = {
      onStepEnd: () => {
        throw new Error('stop here');
      },
    };
    const model = tinyModel();
    const before = memory().numTensors;
    await expect(trained({ callbacks: [callback] }, model)).rejects.toThrow('stop here');
    expect(memory().numTensors).toBe(before);
  });
});

it('lets the event loop turn', async () => {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  // A clock by which every step takes a second, whatever the machine.
  let clock = 0;
  const now = vi.spyOn(performance, 'now').mockImplementation(() => (clock += 1000));
  await trained({ epochs: 10, optimizer: adamW() });
  now.mockRestore();
  clearImmediate(next);
  expect(turns).toBeGreaterThan(10);
});
