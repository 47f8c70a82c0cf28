import { batches, fitData, type FitDataOptions, shapes10 } from '@mnet/data';
import '@tensorflow/tfjs-backend-cpu';
import { argMax, losses, memory, setBackend, sum, type Tensor } from '@tensorflow/tfjs-core';
import { layers, type LayersModel, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { randomDataset } from './helpers/dataset.ts';

beforeAll(() => setBackend('cpu'));

const { train, test: heldOut } = shapes10({
  train: 40,
  test: 20,
  validation: 10,
  seed: 1,
  size: 16,
});

/** A linear classifier, with the loss that goes with its end. */
function linear(end: 'softmax' | 'logits'): LayersModel {
  const units = train.classes.length;
  const model = sequential({
    layers: [
      layers.flatten({ inputShape: [...train.shape] }),
      layers.dense({ units, activation: end === 'softmax' ? 'softmax' : 'linear' }),
    ],
  });
  const onLogits = (y: Tensor, logits: Tensor): Tensor => losses.softmaxCrossEntropy(y, logits);
  const loss = end === 'softmax' ? 'categoricalCrossentropy' : onLogits;
  model.compile({ optimizer: 'adam', loss, metrics: ['accuracy'] });
  return model;
}

describe.each(['softmax', 'logits'] as const)("tfjs's own training on %s", (end) => {
  test('model.fit takes a batch with one-hot labels', async () => {
    const [batch] = batches(train, { batchSize: 40, oneHot: true });
    const { history } = await linear(end).fit(batch!.images, batch!.labels, {
      epochs: 4,
      verbose: 0,
    });
    const loss = history['loss'] as number[];
    expect(loss[3]).toBeLessThan(loss[0]!);
    expect(history['acc']).toHaveLength(4);
  });

  test('model.fitDataset and evaluateDataset take fitData, and no tensor stays', async () => {
    const model = linear(end);
    const options: FitDataOptions = {
      batchSize: 16,
      shuffle: true,
      seed: 3,
      augment: { flip: true },
    };
    await model.fitDataset(fitData(train, options), { epochs: 1, verbose: 0 });
    const before = memory().numTensors;
    const { history } = await model.fitDataset(fitData(train, options), {
      epochs: 3,
      verbose: 0,
      validationData: fitData(heldOut, { batchSize: 8 }),
    });
    const loss = history['loss'] as number[];
    expect(loss[2]).toBeLessThan(loss[0]!);
    expect(history['val_acc']).toHaveLength(3);
    expect(memory().numTensors).toBe(before);
    const evaluated = await model.evaluateDataset(fitData(heldOut, { batchSize: 8 }), {});
    const [heldOutLoss] = (evaluated as Tensor[])[0]!.dataSync();
    expect((history['val_loss'] as number[])[2]).toBeCloseTo(heldOutLoss!, 5);
  });
});

test('one-hot labels are those of the plain batches', () => {
  const dataset = randomDataset(10, { classes: 4 });
  const options = { batchSize: 4, shuffle: true, seed: 2 };
  const plain = [...batches(dataset, options)];
  const rows = [...batches(dataset, { ...options, oneHot: true })];
  for (const [i, { labels, images }] of rows.entries()) {
    expect([labels.dtype, labels.shape]).toEqual(['float32', [i < 2 ? 4 : 2, 4]]);
    expect(argMax(labels, 1).dataSync()).toEqual(plain[i]!.labels.dataSync());
    expect(sum(labels).dataSync()[0]).toBe(labels.shape[0]);
    expect(images.dataSync()).toEqual(plain[i]!.images.dataSync());
  }
});

test('each pass of fitData is an epoch of its own, counted when it begins', async () => {
  const dataset = randomDataset(10);
  const options = { batchSize: 10, shuffle: true, seed: 2 };
  const data = fitData(dataset, { ...options, epoch: 5 });
  expect(data.size).toBe(1);
  await data.iterator();
  for (const epoch of [5, 6]) {
    const pass = await data.iterator();
    const { value } = await pass.next();
    const [batch] = batches(dataset, { ...options, epoch });
    expect(value.xs.dataSync()).toEqual(batch!.images.dataSync());
    expect(await pass.next()).toEqual({ done: true, value: undefined });
  }
});

test('wrong options are told at once', () => {
  const dataset = randomDataset(10);
  expect(() => fitData(dataset, { batchSize: 0 })).toThrow('batchSize: got 0');
  expect(() => fitData(dataset, { batchSize: 2, startBatch: 1 } as never)).toThrow('startBatch');
  expect(() => batches(dataset, { batchSize: 2, oneHot: 1 as never })).toThrow('oneHot: got 1');
});
