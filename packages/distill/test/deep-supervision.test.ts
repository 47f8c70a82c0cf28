import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Classifier,
  deepSupervision,
  type DeepSupervisionOptions,
  selfDistillationLoss,
} from '@mnet/distill';
import '@mnet/backend';
import { batchCrossEntropy, readRun, sgd, train, type TrainOptions } from '@mnet/train';
import {
  addN,
  grads,
  memory,
  setBackend,
  type Tensor,
  tensor1d,
  tensor2d,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  model as functional,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distance } from './distance.ts';
import golden from './golden/losses.json' with { type: 'json' };
import { figures, tinyModel, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-deep-'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
const quick = { epochs: 3, batchSize: 16, optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) };

/** Two convolutions, `low` and `high`, and a classifier on the second one's means. */
function deep(): LayersModel {
  const glorot = (seed: number) => ({ className: 'GlorotUniform', config: { seed } }) as never;
  const conv = (name: string, filters: number, strides: number, seed: number) =>
    layers.conv2d({
      name,
      filters,
      kernelSize: 2,
      strides,
      activation: 'relu',
      kernelInitializer: glorot(seed),
    });
  const images = input({ shape: [6, 6, 3] });
  const steps = [
    conv('low', 4, 2, 1),
    conv('high', 6, 1, 2),
    layers.globalAveragePooling2d({}),
    layers.dense({ name: 'logits', units: 3, kernelInitializer: glorot(3) }),
  ];
  const outputs = steps.reduce<SymbolicTensor>(
    (x, layer) => layer.apply(x) as SymbolicTensor,
    images,
  );
  return functional({ name: 'deep', inputs: images, outputs });
}

const taught = async (
  options: Partial<DeepSupervisionOptions> = {},
  training: Partial<TrainOptions> = {},
) => {
  const model = deep();
  const objective = deepSupervision(model, { taps: ['low'], features: 'high', ...options });
  const result = await train(model, data, { ...quick, ...training, objective });
  return { model, result, weights: weightsOf(model) };
};

describe.each(['cpu', 'mnet'])('the loss of an inner classifier on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
  });

  it.each(golden.selfDistillation)(
    'α = $alpha, T = $temperature, λ = $hintWeight: terms and gradients as in PyTorch',
    (expected) => {
      const { alpha, temperature, hintWeight } = expected;
      const deepest: Classifier = {
        logits: tensor2d(expected.deepestLogits, [4, 5]),
        features: tensor2d(expected.deepestFeatures, [4, 6]),
      };
      const batch = { labels: tensor1d(expected.labelsOf, 'int32') };
      const own = [tensor2d(expected.logits, [4, 5]), tensor2d(expected.features, [4, 6])];
      const terms = (logits: Tensor, features: Tensor) =>
        selfDistillationLoss(
          { logits: logits as Tensor2D, features: features as Tensor2D },
          deepest,
          batch,
          { alpha, temperature, hintWeight },
        );
      const { labels, deepest: fromDeepest, hint } = terms(...(own as [Tensor, Tensor]));
      expect(distance(labels, [expected.labels])).toBeLessThan(1e-5);
      expect(distance(fromDeepest, [expected.deepest])).toBeLessThan(1e-5);
      expect(distance(hint, [expected.hint])).toBeLessThan(1e-5);
      const sum = (logits: Tensor, features: Tensor): Tensor =>
        addN(Object.values(terms(logits, features)));
      const [ofLogits, ofFeatures] = grads(sum)(own) as [Tensor, Tensor];
      expect(distance(ofLogits, expected.logitsGradient)).toBeLessThan(1e-5);
      expect(distance(ofFeatures, expected.featuresGradient)).toBeLessThan(1e-5);
    },
  );

  it('refuses features of another width', () => {
    const side = (width: number): Classifier => ({
      logits: tensor2d([[1, 2]]),
      features: tensor2d([Array.from({ length: width }, () => 1)]),
    });
    const batch = { labels: tensor1d([0], 'int32') };
    expect(() => selfDistillationLoss(side(1), side(4), batch)).toThrow(
      'features: got [1, 1], takes [1, 4]',
    );
  });

  it('teaches the deepest classifier nothing, and heeds both labels of mixed pictures', () => {
    const side = (seed: number): Classifier => ({
      logits: tensor2d([seed, 1, 2, 3, -seed, 0], [2, 3]),
      features: tensor2d([1, seed], [2, 1]),
    });
    const [own, deepest] = [side(4), side(-2)];
    const batch = { labels: tensor1d([0, 2], 'int32') };
    const slopes = grads((logits: Tensor, features: Tensor) =>
      addN(
        Object.values(
          selfDistillationLoss(
            own,
            { logits: logits as Tensor2D, features: features as Tensor2D },
            batch,
          ),
        ),
      ),
    )([deepest.logits, deepest.features]);
    expect(slopes.flatMap((each) => [...each.dataSync()]).every((x) => x === 0)).toBe(true);
    const mixed = { ...batch, mix: { partners: tensor1d([1, 1], 'int32'), lambda: 0.25 } };
    const { labels } = selfDistillationLoss(own, deepest, mixed, { alpha: 0 });
    const both = batchCrossEntropy(own.logits, mixed).loss;
    expect(labels.dataSync()).toEqual(both.dataSync());
    expect(labels.dataSync()).not.toEqual(batchCrossEntropy(own.logits, batch).loss.dataSync());
  });
});

describe.each(['cpu', 'mnet'])('deep supervision on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
  });

  it('minimises the cross-entropy and all that inner classifiers learn', async () => {
    const { result } = await taught();
    const [first, last] = [result.history[0], result.history.at(-1)];
    expect(Object.keys(first?.terms ?? {})).toEqual(['crossEntropy', 'labels', 'deepest', 'hint']);
    for (const { trainLoss, terms = {} } of result.history) {
      const total = Object.values(terms).reduce((a, b) => a + b, 0);
      expect(trainLoss).toBeCloseTo(total, 4);
    }
    expect(last?.terms?.['labels']).toBeLessThan(first?.terms?.['labels'] as number);
    const model = deep();
    await train(model, data, quick);
    expect(weightsOf(model)).not.toEqual((await taught()).weights);
  });

  it('leaves its classifiers behind, and no tensor', async () => {
    const model = deep();
    const before = memory().numTensors;
    const parameters = model.countParams();
    const objective = deepSupervision(model, { taps: ['low'], features: 'high' });
    await train(model, data, { ...quick, epochs: 1, objective });
    expect(memory().numTensors).toBe(before);
    expect(model.countParams()).toBe(parameters);
  });

  it('gives the same bits for the same seed, also stopped in the middle', async () => {
    const augment = { flip: true, mixup: { alpha: 1 } } as const;
    const whole = await taught({}, { seed: 3, augment });
    const run = join(root, `halted-${backend}`);
    const controller = new AbortController();
    let steps = 0;
    const onStepEnd = (): void => {
      if (++steps === 4) controller.abort();
    };
    const { signal } = controller;
    await expect(
      taught({}, { seed: 3, augment, run, signal, callbacks: [{ onStepEnd }] }),
    ).rejects.toThrow('stopped in epoch 2');
    const resumed = await taught({}, { seed: 3, augment, run, resume: true });
    expect(resumed.weights).toEqual(whole.weights);
    expect(figures(resumed.result)).toEqual(figures(whole.result));
    expect((await taught({}, { seed: 4, augment })).weights).not.toEqual(whole.weights);
    expect(readRun(run).objective).toEqual({
      name: 'deepSupervision',
      taps: ['low'],
      features: 'high',
      alpha: 0.3,
      temperature: 3,
      hintWeight: 0.03,
      labelSmoothing: 0,
    });
    await expect(taught({ alpha: 0.4 }, { seed: 3, augment, run, resume: true })).rejects.toThrow(
      'objective.alpha: it has 0.3, got 0.4',
    );
  });

  it.each([
    [{ taps: [] }, "taps: got [] beside features 'high', takes at least one inner layer"],
    [{ taps: ['low', 'low'] }, 'each once'],
    [{ taps: ['high'] }, 'each once'],
    [{ taps: ['lower'] }, "has no layer 'lower', it has"],
    [{ alpha: 2 }, 'alpha: got 2, takes'],
    [{ temperature: 0 }, 'temperature: got 0, takes'],
    [{ gamma: 1 }, "deepSupervision options: unknown option 'gamma'"],
  ])('refuses %j before anything is trained', (options, message) => {
    expect(() => deepSupervision(deep(), { taps: ['low'], features: 'high', ...options })).toThrow(
      message,
    );
  });

  it('refuses another model than its own', async () => {
    const objective = deepSupervision(deep(), { taps: ['low'], features: 'high' });
    await expect(train(tinyModel('other'), data, { ...quick, objective })).rejects.toThrow(
      "objective: it is for 'deep', got another model",
    );
  });
});
