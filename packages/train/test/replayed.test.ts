// What an objective sees at each step, where steps are recorded and replayed: the bits are those of computed steps.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@mnet/backend';
import { type Augmentation, batches, disposeBatch } from '@mnet/data';
import { ConvBnAct, GlobalAveragePool } from '@mnet/layers';
import { softmaxCrossEntropy } from '@mnet/ops';
import { type Objective, sgd, train, type TrainOptions, trainingLogits } from '@mnet/train';
import { mul, type Scalar, setBackend } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { abortAfter, figures, tinyDataset, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-replayed-'));
beforeAll(() => setBackend('mnet'));
afterAll(() => rmSync(root, { recursive: true }));

const data = { train: tinyDataset(48, 1) };
// Six steps an epoch.
const quick = { epochs: 2, batchSize: 8, optimizer: sgd({ momentum: 0.9, learningRate: 0.05 }) };

/** Of layers whose steps are replayed, as those with TensorFlow.js's batch normalization are not. */
function model(): LayersModel {
  const kernelInitializer = { className: 'GlorotUniform', config: { seed: 2 } } as never;
  return sequential({
    layers: [
      new ConvBnAct({ filters: 4, momentum: 0.5, seed: 1, inputShape: [6, 6, 3] }),
      new GlobalAveragePool({}),
      layers.dense({ units: 3, kernelInitializer }),
    ],
  });
}

async function trained(options: Partial<TrainOptions>) {
  const network = model();
  const result = await train(network, data, { ...quick, ...options });
  const ended = { weights: weightsOf(network), figures: figures(result), result };
  network.dispose();
  return ended;
}

/** Which of an epoch's batches are mixed: a letter each, M or _. */
function mixed(augment: Augmentation, seed: number, epoch: number): string {
  const pass = { batchSize: 8, shuffle: true, augment, seed, epoch };
  return Array.from(batches(data.train, pass), (batch) => {
    disposeBatch(batch);
    return batch.mix ? 'M' : '_';
  }).join('');
}

describe('pictures that are mixed in some batches alone', () => {
  const augment = { cutmix: { alpha: 1, probability: 0.5 } };
  let seed = 0;
  // Epochs that begin with two plain batches, which are what is recorded.
  beforeAll(() => {
    while (![0, 1].every((epoch) => /^__.*M.*_/.test(mixed(augment, seed, epoch)))) seed++;
  });

  it.each([{}, { classWeights: [1, 2, 3] }])(
    'count for both labels, replayed, %j',
    async (more) => {
      const options = { augment, seed, ...more };
      const computed = await trained({ ...options, capture: false });
      const replayed = await trained(options);
      expect(replayed.weights).toEqual(computed.weights);
      expect(replayed.figures).toEqual(computed.figures);
      expect(replayed.result.capture.reason).toBe('it looks at the shares of mixed pictures');
    },
  );

  it('do so also in the rest of an epoch', async () => {
    const whole = await trained({ augment, seed });
    for (const at of [1, 3, 8]) {
      const run = join(root, `run${at}`);
      const dies = trained({ augment, seed, run, ...abortAfter(at) });
      await expect(dies).rejects.toThrow('was stopped');
      const rest = await trained({ augment, seed, run, resume: true });
      expect(rest.weights).toEqual(whole.weights);
      expect(rest.figures).toEqual(whole.figures);
    }
  });
});

describe('what an objective prepares', () => {
  const scaled: Objective<{ scale: number }> = {
    name: 'scaled',
    config: { name: 'scaled' },
    prepare: ({ step }) => ({ scale: step < 4 ? 0 : 1 }),
    compute(context) {
      const logits = trainingLogits(context);
      const loss = softmaxCrossEntropy(logits, context.batch.labels);
      return { logits, loss: mul<Scalar>(loss, context.prepared.scale) };
    },
  };

  it('may be another number at each step: such steps are computed', async () => {
    const objective = scaled as Objective;
    const computed = await trained({ objective, capture: false });
    const { weights, result } = await trained({ objective });
    expect(weights).toEqual(computed.weights);
    expect(result.capture).toEqual({
      steps: 12,
      replayed: 0,
      reason: 'it looks at what prepare gives that is no tensor',
    });
  });

  it('is replayed where it is tensors alone, whatever they stand in', async () => {
    const weighted = { classWeights: [1, 2, 3] };
    const computed = await trained({ ...weighted, capture: false });
    const { weights, result } = await trained(weighted);
    expect(weights).toEqual(computed.weights);
    expect(result.capture).toEqual({ steps: 12, replayed: 2 * 4 });
  });
});
