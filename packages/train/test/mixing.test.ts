import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batches, disposeBatch } from '@mnet/data';
import { softmaxCrossEntropyWithHits } from '@mnet/ops';
import {
  adam,
  batchCrossEntropy,
  crossEntropyObjective,
  type Objective,
  readRun,
  recalibrateBatchNorm,
  train,
  type TrainOptions,
} from '@mnet/train';
import {
  add,
  losses,
  memory,
  mul,
  oneHot,
  type Scalar,
  setBackend,
  square,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { abortAfter, figures, tinyModel, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-mixing-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
const quick = { epochs: 3, batchSize: 16, optimizer: adam({ learningRate: 0.01 }) };
const mixed = { ...quick, augment: { mixup: { alpha: 1 }, cutmix: { alpha: 1 } } };

describe('the cross-entropy of mixed pictures', () => {
  const logits = tensor2d([
    [2, -1, 0.5],
    [0, 1, 3],
  ]);
  const labels = tensor1d([0, 1], 'int32');
  const value = (of: Tensor): number => of.dataSync()[0] as number;

  it('is the mean over both labels, and hits are of the first', () => {
    const partners = tensor1d([1, 2], 'int32');
    const ce = (rows: readonly (readonly number[])[]): number => {
      const sums = [
        [2, -1, 0.5],
        [0, 1, 3],
      ].map((row, i) => {
        const total = Math.log(row.reduce((all, x) => all + Math.exp(x), 0));
        return row.reduce((all, x, k) => all - rows[i]![k]! * (x - total), 0);
      });
      return (sums[0]! + sums[1]!) / 2;
    };
    const { loss, hits } = batchCrossEntropy(logits, { labels, mix: { partners, lambda: 0.7 } });
    const targets = [
      [0.7, 0.3, 0],
      [0, 0.7, 0.3],
    ];
    expect(value(loss)).toBeCloseTo(ce(targets), 6);
    // The second row's largest logit is its partner's.
    expect(value(hits)).toBe(1);

    const smooth = { labelSmoothing: 0.3 };
    const smoothed = batchCrossEntropy(logits, { labels, mix: { partners, lambda: 0.7 } }, smooth);
    const rows = targets.map((row) => row.map((x) => 0.7 * x + 0.1));
    expect(value(smoothed.loss)).toBeCloseTo(ce(rows), 6);
  });

  it('is the plain one to the bit where nothing is mixed', () => {
    const plain = softmaxCrossEntropyWithHits(logits, labels);
    expect(value(batchCrossEntropy(logits, { labels }).loss)).toBe(value(plain.loss));
  });

  it('is what the default objective computes', () => {
    const model = tinyModel();
    const objective = crossEntropyObjective();
    const options = { batchSize: 12, augment: { mixup: { alpha: 1 } }, seed: 3 };
    for (const batch of batches(data.train, options)) {
      tidy(() => {
        const context = { model, batch, epoch: 0, step: 0, stepsPerEpoch: 1, prepared: {} };
        const { loss, logits: given } = objective.compute(context);
        const { lambda, partners } = batch.mix!;
        const hot = add(mul(oneHot(batch.labels, 3), lambda), mul(oneHot(partners, 3), 1 - lambda));
        const expected = losses.softmaxCrossEntropy(hot, given);
        expect(value(loss)).toBeCloseTo(value(expected), 5);
      });
      disposeBatch(batch);
    }
  });
});

describe('a training on mixed pictures', () => {
  it('learns, and leaves no tensor behind', async () => {
    const model = tinyModel();
    const before = memory().numTensors;
    const { history, test } = await train(model, data, { ...mixed, epochs: 20 });
    expect(memory().numTensors).toBe(before);
    expect(test?.accuracy).toBeGreaterThan(0.8);
    expect(history.at(-1)!.trainLoss).toBeLessThan(history[0]!.trainLoss);
  });

  it('is another one than without', async () => {
    const [one, two] = [tinyModel(), tinyModel()];
    await train(one, data, quick);
    await train(two, data, { ...quick, augment: { mixup: { alpha: 1 } } });
    expect(weightsOf(one)).not.toEqual(weightsOf(two));
  });

  it('stopped in the middle of an epoch and resumed, ends with the same bits', async () => {
    const whole = tinyModel();
    const expected = await train(whole, data, mixed);
    const run = join(root, 'resumed');
    const stopped = train(tinyModel(), data, { ...mixed, run, ...abortAfter(5) });
    await expect(stopped).rejects.toThrow('epoch 2');
    const model = tinyModel();
    const result = await train(model, data, { ...mixed, run, resume: true });
    expect(weightsOf(model)).toEqual(weightsOf(whole));
    expect(figures(result)).toEqual(figures(expected));
  });

  it('also measures its batch normalization, and leaves no tensor behind', async () => {
    const model = tinyModel();
    const before = memory().numTensors;
    await recalibrateBatchNorm(model, data.train, { augment: mixed.augment, batchSize: 16 });
    expect(memory().numTensors).toBe(before);
  });
});

it('weights of classes count for both labels: equal ones change nothing, others do', async () => {
  const trained = async (more: Partial<TrainOptions>): Promise<number[]> => {
    const model = tinyModel();
    await train(model, data, { ...mixed, ...more });
    return weightsOf(model);
  };
  const plain = await trained({});
  const equal = await trained({ classWeights: [2, 2, 2] });
  plain.forEach((value, i) => expect(equal[i]).toBeCloseTo(value, 3));
  const other = await trained({ classWeights: [4, 1, 1] });
  expect(
    Math.max(...plain.map((value, i) => Math.abs(value - (other[i] as number)))),
  ).toBeGreaterThan(0.01);
});

describe('what knows nothing of second labels is refused before the training begins', () => {
  /** What the training is refused with. */
  const refusal = async (options: Partial<TrainOptions>): Promise<string> => {
    const run = join(root, 'refused');
    const model = tinyModel();
    const before = weightsOf(model);
    const work = train(model, data, { ...mixed, run, ...options });
    const message = await work.then(String, (error: Error) => error.message);
    expect(() => readRun(run)).toThrow('holds no run');
    expect(weightsOf(model)).toEqual(before);
    return message;
  };
  function squared(): Scalar {
    throw new Error('never called');
  }
  const objective = (mixes: boolean): Objective => {
    return { ...crossEntropyObjective(), name: 'own', mixes };
  };

  it('a loss of logits and labels', async () => {
    expect(await refusal({ loss: squared })).toBe(
      "loss: got a function of logits and labels, 'squared', with augment.mixup and augment.cutmix, whose pictures have two labels; takes the default loss, cross-entropy, or an objective with mixes: true, or the augmentation without mixup and cutmix",
    );
    expect(await refusal({ loss: squared, augment: { cutmix: { alpha: 1 } } })).toContain(
      "'squared', with augment.cutmix, whose pictures have two labels",
    );
    expect(squared).toThrow('never called');
  });

  it('an objective that does not say it heeds them', async () => {
    const { mixes: _, ...silent } = crossEntropyObjective();
    for (const own of [objective(false), silent]) {
      expect(await refusal({ objective: own })).toContain(
        'which does not say that it heeds batch.mix (mixes: true), with augment.mixup and augment.cutmix',
      );
    }
    const { status } = await train(tinyModel(), data, { ...mixed, objective: objective(true) });
    expect(status).toBe('finished');
  });

  it('but not where nothing is mixed', async () => {
    const loss = (logits: Tensor): Scalar => sum<Scalar>(square(logits));
    const { status } = await train(tinyModel(), data, { ...quick, loss, augment: { flip: true } });
    expect(status).toBe('finished');
  });
});
