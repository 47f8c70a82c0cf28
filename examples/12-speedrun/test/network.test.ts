import { pickBackend } from '@mnet/backend';
import { experimentCommand } from '@mnet/cli';
import { batches, disposeBatch, shapes10 } from '@mnet/data';
import { modelCost } from '@mnet/models';
import { train as fit } from '@mnet/train';
import { conv2d, type Tensor, tensor, type Tensor4D, tidy, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { experiment } from '../src/experiment.ts';
import type { Flags } from '../src/flags.ts';
import { speedNetwork, type SpeedNetworkOptions } from '../src/network.ts';
import { speedTraining } from '../src/recipe.ts';
import { whiteningKernel } from '../src/whitening.ts';

beforeAll(() => pickBackend({ prefer: 'mnet' }));

const { train } = shapes10({ train: 300, validation: 0, test: 0, seed: 1 });
const usual: SpeedNetworkOptions = {
  classes: 10,
  inputShape: [32, 32, 3],
  width: 1,
  activation: 'gelu',
  momentum: 0.4,
  seed: 1,
  whitening: new Float32Array(2 * 2 * 3 * 24),
};

describe('whitening', () => {
  it('gives uncorrelated values of variance 1, and their negatives', () => {
    const kernel = tensor(whiteningKernel(train), [2, 2, 3, 24]) as Tensor4D;
    const products = new Float64Array(12 * 12);
    let [count, odd] = [0, 0];
    for (const batch of batches(train, { batchSize: 100 })) {
      const values = tidy(() => conv2d(batch.images, kernel, 1, 'valid').dataSync());
      disposeBatch(batch);
      count += values.length / 24;
      for (let at = 0; at < values.length; at += 24) {
        for (let i = 0; i < 12; i++) {
          for (let j = 0; j < 12; j++) {
            products[i * 12 + j]! += (values[at + i] as number) * (values[at + j] as number);
          }
          odd = Math.max(
            odd,
            Math.abs((values[at + 12 + i] as number) + (values[at + i] as number)),
          );
        }
      }
    }
    expect(odd).toBeLessThan(1e-3);
    products.forEach((sum, at) => {
      const [i, j] = [Math.floor(at / 12), at % 12];
      // What is added to the variances leaves directions with hardly any of it smaller.
      if (i === j) expect(sum / count).toBeLessThan(1.001);
      else expect(Math.abs(sum / count)).toBeLessThan(0.01);
    });
    for (let i = 0; i < 6; i++) expect((products[i * 13] as number) / count).toBeGreaterThan(0.9);
  });
});

describe('the network', () => {
  it('has the size that the paper says', () => {
    const { params, macs, nonTrainableParams, uncounted } = modelCost(speedNetwork(usual));
    // The whitened patches with their bias, six kernels with their shifts, the head.
    const kernels = 9 * (24 * 64 + 64 * 64 + 64 * 256 + 3 * 256 * 256);
    expect(params).toBe(288 + 24 + kernels + 2 * (64 + 256 + 256) + 2560);
    expect(nonTrainableParams).toBe(3 * 2 * (64 + 256 + 256));
    const blocks = [
      961 * 24 * 64 + 225 * 64 * 64,
      225 * 64 * 256 + 49 * 256 * 256,
      49 * 256 * 256 + 9 * 256 * 256,
    ];
    const positions = blocks.reduce((sum, each) => sum + 9 * each, 0);
    expect(macs).toBe(961 * 12 * 24 + positions + 2560);
    expect(uncounted).toEqual([]);
  });

  it('passes channels on at its start, one layer after the other', () => {
    const model = speedNetwork(usual);
    const [kernel] = model.getLayer('block1_a').getWeights() as [Tensor4D];
    const x = tensor(
      Float32Array.from({ length: 5 * 5 * 24 }, (_, i) => Math.sin(i)),
      [1, 5, 5, 24],
    ) as Tensor4D;
    const y = conv2d(x, kernel, 1, 'same');
    const [from, to] = [x.dataSync(), y.dataSync()];
    for (let at = 0; at < 25; at++) {
      for (let c = 0; c < 24; c++) expect(to[at * 64 + c]).toBe(from[at * 24 + c]);
    }
    expect(Math.max(...to.map(Math.abs))).toBeGreaterThan(0);
  });

  it('scales its logits by a ninth, and follows its seed', () => {
    const logits = (options: Partial<SpeedNetworkOptions>): Float32Array => {
      const model = speedNetwork({
        ...usual,
        width: 0.125,
        ...options,
        whitening: whiteningKernel(train),
      });
      const [batch] = [...batches(train, { batchSize: 3 })].slice(0, 1);
      return (model.predict(batch?.images as Tensor) as Tensor).dataSync<'float32'>();
    };
    expect(logits({})).toEqual(logits({}));
    expect(logits({})).not.toEqual(logits({ seed: 2 }));
    expect(logits({})).not.toEqual(logits({ activation: 'relu' }));
    const model = speedNetwork({ ...usual, width: 0.125 });
    const scaled = model.getLayer('logits').apply(tensor([[9, -18]])) as Tensor;
    expect(Array.from(scaled.dataSync())).toEqual([1, -2].map((value) => expect.closeTo(value, 6)));
  });

  it('is trained by replayed steps, while its first layer learns a bias and after it', async () => {
    const kernel = whiteningKernel(train);
    const model = speedNetwork({ ...usual, width: 0.125, whitening: kernel });
    const flags = experimentCommand(experiment).opts<Flags>();
    const { freeze, ...options } = speedTraining({ ...flags, batchSize: 30 }, 2, 20);
    const before = model.getLayer('whitening').getWeights()[1]?.dataSync();
    const biases: unknown[] = [];
    const onEpochEnd = (): void =>
      void biases.push(model.getLayer('whitening').getWeights()[1]?.dataSync());
    const { capture } = await fit(
      model,
      { train },
      {
        ...options,
        keepCheckpoints: undefined as never,
        lookahead: { every: 10, decay: 0 },
        freeze: (freeze ?? []).map((each) => ({ ...each, after: each.after ? 1 : 0 })),
        callbacks: [{ onEpochEnd }],
      },
    );
    // Of ten steps an epoch the first two are compared, and the record is made by them.
    expect(capture).toEqual({ steps: 20, replayed: 16 });
    expect(biases[0]).not.toEqual(before);
    expect(biases[1]).toEqual(biases[0]);
    expect(model.getLayer('whitening').getWeights()[0]?.dataSync()).toEqual(kernel);
  });

  it('takes other sizes and channels, and says which it does not', () => {
    const gray = speedNetwork({
      ...usual,
      inputShape: [20, 20, 1],
      width: 0.125,
      whitening: new Float32Array(2 * 2 * 8),
    });
    expect((gray.predict(zeros([2, 20, 20, 1])) as Tensor).shape).toEqual([2, 10]);
    for (const inputShape of [
      [8, 8, 3],
      [32, 16, 3],
    ] as const) {
      expect(() => speedNetwork({ ...usual, inputShape })).toThrow('takes square ones of 9 pixels');
    }
  });
});
