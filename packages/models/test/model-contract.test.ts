import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  add,
  dispose,
  memory,
  mul,
  type Scalar,
  setBackend,
  sum,
  type Tensor,
  tensor,
  type Tensor4D,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { fileSystem, registerLayers } from '@mnet/layers';
import {
  createModel,
  featureInfo,
  featureModel,
  foldBatchNorm,
  forwardFeatures,
  freeze,
  listModels,
  modelCost,
  modelInfo,
  type ModelName,
  resetClassifier,
  unfreeze,
} from '@mnet/models';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Numbers in [−1, 1) that repeat nothing. */
function values(shape: number[], phase: number = 0): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, i) => {
    const x = Math.sin(i * 12.9898 + phase * 78.233) * 43758.5453;
    return 2 * (x - Math.floor(x)) - 1;
  });
  return tensor(data, shape);
}

const numbers = (x: Tensor): Float32Array => x.dataSync<'float32'>();

function largestDifference(a: Tensor, b: Tensor): number {
  const other = numbers(b);
  return numbers(a).reduce((max, v, i) => Math.max(max, Math.abs(v - (other[i] as number))), 0);
}

/** The bits of a tensor, short enough to compare fast. */
const digest = (x: Tensor): string =>
  createHash('sha256')
    .update(new Uint8Array(numbers(x).slice().buffer))
    .digest('hex');

/** The bits of every weight by name. */
const state = (model: LayersModel): Map<string, string> =>
  new Map(model.weights.map((w) => [w.originalName, digest(w.read())]));

/** Gives the weights what training would: scales and statistics that differ from their start. */
function perturb(model: LayersModel): void {
  for (const [i, weight] of model.weights.entries()) {
    if (!/gamma|beta|moving|bias/.test(weight.originalName)) continue;
    const moved = tidy(() => {
      const noise = mul(values(weight.shape as number[], i), 0.3);
      return add(weight.read(), noise);
    });
    weight.write(moved);
    moved.dispose();
  }
}

let folder: string;
let x: Tensor4D;
beforeAll(async () => {
  await setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'mnet-models-'));
  x = values([2, 32, 32, 3]) as Tensor4D;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const small = (name: ModelName, options: object = {}): LayersModel =>
  createModel(name, { classes: 7, width: 0.1, strides: 'paper', seed: 1, ...options });

describe.each(listModels())('%s', (name) => {
  test('gives logits, and leaves no tensors', () => {
    const before = memory().numTensors;
    const model = small(name);
    expect(memory().numTensors - before).toBe(model.weights.length);
    const y = model.predict(x) as Tensor;
    expect(y.shape).toEqual([2, 7]);
    expect(numbers(y).every(Number.isFinite)).toBe(true);
    expect(Math.min(...numbers(y)), 'no softmax').toBeLessThan(0);
    dispose([y, model.apply(x, { training: true }) as Tensor]);
    model.dispose();
    expect(memory().numTensors).toBe(before);
  });

  test('lets a gradient reach every trained weight, and leaves no tensors', () => {
    const model = small(name, { inputShape: [16, 16, 3] });
    perturb(model);
    const before = memory().numTensors;
    const weights = model.trainableWeights.map((weight) => weight.read() as Variable);
    const gradients = (training: boolean): Map<string, Float32Array | undefined> => {
      const found = tidy(() => {
        const [image, dy] = [values([2, 16, 16, 3]), values([2, 7], 1)];
        const loss = (): Scalar => sum(mul(model.apply(image, { training }) as Tensor, dy));
        const { grads } = variableGrads(loss, weights);
        return Object.fromEntries(Object.entries(grads).filter(([, gradient]) => gradient));
      });
      const copied = model.trainableWeights.map((weight): [string, Float32Array | undefined] => {
        const gradient = found[(weight.read() as Variable).name];
        return [weight.originalName, gradient && numbers(gradient).slice()];
      });
      dispose(found);
      return new Map(copied);
    };
    const missing = (training: boolean, reached: (gradient: Float32Array) => boolean): string[] =>
      [...gradients(training)]
        .filter(([, gradient]) => !gradient?.every(Number.isFinite) || !reached(gradient))
        .map(([weight]) => `no gradient for ${weight}`);
    expect(missing(true, () => true)).toEqual([]);
    // Zero is right in training where a shift goes into the next batch normalization, which takes it out again.
    expect(missing(false, (gradient) => gradient.some((v) => v !== 0))).toEqual([]);
    expect(memory().numTensors).toBe(before);
    model.dispose();
  });

  test('has the weights that its cost says, each name once', () => {
    const model = small(name);
    const cost = modelCost(model);
    const size = (all: LayersModel['weights']): number =>
      all.reduce((total, { shape }) => total + shape.reduce<number>((a, b) => a * (b ?? 0), 1), 0);
    expect(cost.params).toBe(size(model.trainableWeights));
    expect(cost.nonTrainableParams).toBe(size(model.nonTrainableWeights));
    expect(cost.layers.reduce((total, { macs }) => total + (macs ?? NaN), 0)).toBe(cost.macs);
    expect(new Set(model.weights.map((w) => w.originalName)).size).toBe(model.weights.length);
    freeze(model);
    expect(modelCost(model).params, 'freezing changes no count').toBe(cost.params);
    model.dispose();
  });

  test('starts from its seed, to the bit', () => {
    const [one, again, other] = [small(name), small(name), small(name, { seed: 2 })];
    expect(state(again)).toEqual(state(one));
    for (const weight of one.weights.filter((w) => w.originalName.endsWith('kernel'))) {
      expect(state(other).get(weight.originalName)).not.toBe(digest(weight.read()));
    }
    for (const model of [one, again, other]) model.dispose();
  });

  test('has taps of the channels and reductions it states', () => {
    const model = small(name);
    const features = featureInfo(model);
    expect(features[0]?.name).toBe('stem');
    expect(features.at(-1)?.stageEnd).toBe(true);
    const names = features.map((feature) => feature.name);
    const before = memory().numTensors;
    const taps = featureModel(model, [...names, 'logits']);
    const outputs = taps.predict(x) as Tensor[];
    expect(outputs.length).toBe(names.length + 1);
    for (const [i, { channels, reduction, stageEnd }] of features.entries()) {
      const side = 32 / reduction;
      expect(outputs[i]?.shape).toEqual([2, side, side, channels]);
      const next = features[i + 1]?.reduction ?? Infinity;
      expect(stageEnd).toBe(next > reduction);
    }
    const logits = model.predict(x) as Tensor;
    expect(digest(outputs.at(-1) as Tensor)).toBe(digest(logits));
    const last = forwardFeatures(model, x);
    expect(digest(last)).toBe(digest(outputs.at(-2) as Tensor));
    dispose([...outputs, logits, last]);
    expect(memory().numTensors).toBe(before);
    model.dispose();
  });

  test('takes a new classifier on the same body', () => {
    const before = memory().numTensors;
    const model = small(name);
    const info = modelInfo(model);
    const trained = model.trainableWeights.length;
    const features = forwardFeatures(model, x);
    const reset = resetClassifier(model, 3, { seed: 5 });
    const y = reset.predict(x) as Tensor;
    expect(y.shape).toEqual([2, 3]);
    const again = forwardFeatures(reset, x);
    expect(digest(again)).toBe(digest(features));
    expect(modelInfo(reset)).toEqual({ network: name, options: { ...info?.options, classes: 3 } });
    expect(reset.trainableWeights.length).toBe(trained);
    dispose([y, features, again]);
    reset.dispose();
    expect(memory().numTensors).toBe(before);
  });

  test('freezes up to a block, with its statistics', () => {
    const model = small(name);
    freeze(model, 'block1');
    const frozen = model.weights.filter((w) => /^(stem|block1)\//.test(w.originalName));
    const trained = model.trainableWeights.map((w) => w.originalName);
    expect(frozen.filter((w) => trained.includes(w.originalName))).toEqual([]);
    expect(trained[0]).toMatch(/^block2\//);
    const before = state(model);
    dispose(model.apply(x, { training: true }) as Tensor);
    const moved = [...state(model)].filter(([key, now]) => now !== before.get(key));
    expect(moved.map(([key]) => key).filter((key) => /^(stem|block1)\//.test(key))).toEqual([]);
    expect(moved.map(([key]) => key)).toEqual(
      model.weights
        .map((w) => w.originalName)
        .filter((key) => key.includes('moving') && !/^(stem|block1)\//.test(key)),
    );
    freeze(model);
    expect(model.trainableWeights.map((w) => w.originalName)).toEqual([
      'classifier/kernel',
      'classifier/bias',
    ]);
    unfreeze(model);
    expect(modelCost(model).params).toBe(
      model.trainableWeights.reduce((total, w) => total + w.read().size, 0),
    );
    model.dispose();
  });

  test('is saved and loaded to the bit', async () => {
    registerLayers();
    const model = small(name, { dropout: 0.2 });
    perturb(model);
    await model.save(fileSystem(join(folder, name)));
    const loaded = await loadLayersModel(fileSystem(join(folder, name)));
    expect(state(loaded)).toEqual(state(model));
    expect(loaded.name).toBe(name);
    expect(modelInfo(loaded)).toEqual(modelInfo(model));
    expect(modelInfo(loaded)?.options).toEqual({
      classes: 7,
      width: 0.1,
      strides: 'paper',
      seed: 1,
      dropout: 0.2,
    });
    const [y, again] = [model.predict(x) as Tensor, loaded.predict(x) as Tensor];
    expect(digest(again)).toBe(digest(y));
    expect(modelCost(loaded)).toEqual(modelCost(model));
    dispose([y, again]);
    model.dispose();
    loaded.dispose();
  });

  test.each(['symmetric', 'same'] as const)(
    'folds its batch normalization, padding %s',
    (padding) => {
      const before = memory().numTensors;
      const model = small(name, { padding });
      perturb(model);
      const folded = foldBatchNorm(model);
      expect(folded.weights.filter((w) => /gamma|moving/.test(w.originalName))).toEqual([]);
      expect(modelCost(folded).macs).toBe(modelCost(model).macs);
      const [y, again] = [model.predict(x) as Tensor, folded.predict(x) as Tensor];
      const scale = Math.max(...numbers(y).map(Math.abs));
      expect(largestDifference(y, again) / scale).toBeLessThan(1e-4);
      expect(scale).toBeGreaterThan(1e-3);
      dispose([y, again]);
      model.dispose();
      folded.dispose();
      expect(memory().numTensors).toBe(before);
    },
  );
});
