import {
  architecture,
  buildModel,
  createModel,
  encodeSafetensors,
  encodeWeights,
  foldBatchNorm,
  loadWeights,
  parseSafetensors,
  tensorValues,
  weightNames,
  WeightsError,
} from '@mnet/models';
import '@tensorflow/tfjs-backend-cpu';
import { setBackend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import {
  initializers,
  input,
  layers,
  type LayersModel,
  model as functional,
  sequential,
  type Shape,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { uniform } from '../golden/values.ts';

beforeAll(async () => setBackend('cpu'));

/** Gives every weight values of its own. */
function randomized(model: LayersModel, seed: number): LayersModel {
  model.weights.forEach((weight, i) => {
    const shape = weight.shape.map(Number);
    const size = shape.reduce((a, b) => a * b, 1);
    const value = tensor(new Float32Array(uniform(`${seed} ${i}`, size)), shape);
    weight.write(value);
    value.dispose();
  });
  return model;
}

const valuesOf = (model: LayersModel): number[][] =>
  model.weights.map((weight) => [...weight.read().dataSync<'float32'>()]);

/** The same tensors with other metadata; with none, as earlier versions wrote of any model. */
function saying(file: Uint8Array, metadata: Record<string, string> = {}): Uint8Array {
  const content = parseSafetensors(file);
  const tensors = Array.from(
    content.tensors,
    ([name, { shape }]) => [name, { shape, values: tensorValues(content, name) }] as const,
  );
  return encodeSafetensors(new Map(tensors), new Map(Object.entries(metadata)));
}

/** The settings in a file, by the layers' names. */
function said(file: Uint8Array): Record<string, object> {
  const text = parseSafetensors(file).metadata.get('layers') ?? 'null';
  return JSON.parse(text) as Record<string, object>;
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((each: unknown) => each);
  expect(error).toBeInstanceOf(WeightsError);
  return (error as WeightsError).message;
}

describe('layers of nested models with the same names', () => {
  const fc = () => layers.dense({ name: 'fc', inputShape: [3], units: 3 });
  const branch = (name: string): LayersModel => sequential({ name, layers: [fc()] });
  const ensemble = (...parts: layers.Layer[]): LayersModel => {
    const x = input({ shape: [3] });
    const branches = parts.map((part) => part.apply(x) as SymbolicTensor);
    const sum = layers.add().apply(branches);
    const last = layers.dense({ name: 'last', units: 2 }).apply(sum) as SymbolicTensor;
    return functional({ name: 'ensemble', inputs: x, outputs: last });
  };
  const names = (model: LayersModel): string[] => weightNames(model, 'mnet').map((w) => w.tensor);

  test('have those of the models before them, and keep all of their weights', async () => {
    const twins = (seed: number): LayersModel =>
      randomized(ensemble(branch('left'), branch('right')), seed);
    const [saved, loaded] = [twins(1), twins(2)];
    const prefixed = ['left/fc/kernel', 'left/fc/bias', 'right/fc/kernel', 'right/fc/bias'];
    expect(names(saved)).toEqual([...prefixed, 'last/kernel', 'last/bias']);
    const file = await encodeWeights(saved);
    expect((await loadWeights(loaded, file)).loaded).toHaveLength(6);
    expect(valuesOf(loaded)).toEqual(valuesOf(saved));
    // As a file of an earlier version, in which the second of two had taken the place of the first.
    const one = ensemble(branch('left'), layers.reLU());
    expect(names(one)).toEqual(['fc/kernel', 'fc/bias', 'last/kernel', 'last/bias']);
    const lossy = await encodeWeights(one);
    expect(await refusal(loadWeights(loaded, lossy))).toMatch(
      /missing: "left\/fc\/kernel" \[3, 3\], .*; not in the model: "fc\/kernel" \[3, 3\]/,
    );
  });

  test('as an ensemble of two networks', async () => {
    const two = (seed: number): LayersModel => {
      const image = input({ shape: [32, 32, 3] });
      const logits = ['a', 'b'].map(
        (name) =>
          createModel('mobilenet_v2', { name, width: 0.1, classes: 2, seed }).apply(
            image,
          ) as SymbolicTensor,
      );
      const mean = layers.average().apply(logits) as SymbolicTensor;
      return randomized(functional({ inputs: image, outputs: mean }), seed);
    };
    const [saved, loaded] = [two(1), two(2)];
    await loadWeights(loaded, await encodeWeights(saved));
    expect(valuesOf(loaded)).toEqual(valuesOf(saved));
    expect(names(saved)).toContain('b/block1/depthwise/kernel');
  });

  test('have settings of their own, also where their weights have other names', async () => {
    const two = (seed: number): LayersModel => {
      const image = input({ shape: [32, 32, 3] });
      const logits = [
        createModel('resnet18', { width: 0.125, classes: 2, seed }),
        createModel('mobilenet_v2', { width: 0.1, classes: 2, seed }),
      ].map((network) => network.apply(image) as SymbolicTensor);
      const mean = layers.average().apply(logits) as SymbolicTensor;
      return randomized(functional({ inputs: image, outputs: mean }), seed);
    };
    const [saved, loaded] = [two(1), two(2)];
    const file = await encodeWeights(saved);
    expect((await loadWeights(loaded, file)).differences).toEqual([]);
    expect(valuesOf(loaded)).toEqual(valuesOf(saved));
    expect(said(file)).toMatchObject({
      'resnet18/block1': { activation: 'relu' },
      'mobilenet_v2/block1': { activation: 'relu6' },
    });
  });

  test('are compared by the models that they are in', async () => {
    const part = (name: string, inner: layers.Layer): LayersModel =>
      sequential({ name, layers: [inner, layers.flatten()] });
    const branches = (activation: 'relu' | 'linear'): LayersModel => {
      const shape = { name: 'conv', inputShape: [2, 2, 1], kernelSize: 1 };
      const x = input({ shape: [2, 2, 1] });
      const parts = [
        part('plain', layers.conv2d({ ...shape, filters: 1 })),
        part('deep', layers.depthwiseConv2d({ ...shape, activation })),
      ];
      const both = parts.map((each) => each.apply(x) as SymbolicTensor);
      return functional({ inputs: x, outputs: layers.add().apply(both) as SymbolicTensor });
    };
    const file = await encodeWeights(branches('relu'));
    expect(Object.keys(said(file))).toEqual(['plain/conv', 'deep/conv']);
    expect((await loadWeights(branches('relu'), file)).differences).toEqual([]);
    expect(await refusal(loadWeights(branches('linear'), file))).toContain(
      'the file\'s activation is "relu", the model\'s "linear" in deep/conv;',
    );
  });

  test('that are one layer are in the file once', async () => {
    const shared = fc();
    const part = (name: string): LayersModel => {
      const x = input({ shape: [3] });
      return functional({ name, inputs: x, outputs: shared.apply(x) as SymbolicTensor });
    };
    const saved = randomized(ensemble(part('left'), part('right')), 1);
    expect(names(saved)).toEqual(['fc/kernel', 'fc/bias', 'last/kernel', 'last/bias']);
    const loaded = randomized(ensemble(part('left'), part('right')), 2);
    await loadWeights(loaded, await encodeWeights(saved));
    expect(valuesOf(loaded)).toEqual(valuesOf(saved));
  });

  test('are refused where two have one name all the same', () => {
    const slash = layers.dense({ name: 'left/fc', units: 3 });
    expect(() => names(ensemble(slash, branch('left'), branch('right')))).toThrow(
      "model: got 'ensemble' with two weights named 'left/fc/kernel', takes a name for each",
    );
  });
});

describe('what the layers do with their weights', () => {
  const v1 = (changes: object, options: object = {}): LayersModel =>
    buildModel(
      { ...architecture('mobilenet_v1', { width: 0.125 }), ...changes },
      { seed: 1, ...options },
    );

  test.each<[string, () => LayersModel, string]>([
    [
      'activation',
      () => v1({ activation: 'relu6' }),
      'the file\'s activation is "relu6", the model\'s "relu" in stem, block1, block2, block3 and 10 more',
    ],
    [
      'padding',
      () => v1({}, { padding: 'same' }),
      'the file\'s padding is "same", the model\'s "symmetric" in stem, block1,',
    ],
    [
      'epsilon',
      () => v1({ batchNorm: { epsilon: 1e-3 } }),
      "the file's epsilon is 0.001, the model's 0.00001 in stem, block1,",
    ],
  ])('is compared: %s', async (_, make, difference) => {
    const file = await encodeWeights(make());
    const model = randomized(v1({}), 2);
    const before = valuesOf(model);
    const message = await refusal(loadWeights(model, file));
    expect(message).toContain(`is for another network: ${difference}`);
    expect(message).toContain('; or load it nevertheless with strict: false');
    expect(valuesOf(model)).toEqual(before);
    const { differences, missing } = await loadWeights(model, file, { strict: false });
    expect(differences).toHaveLength(1);
    expect(missing).toEqual([]);
    expect(valuesOf(model)).not.toEqual(before);
    // The network that the file is of takes it, and every network a file that does not say.
    expect((await loadWeights(make(), file)).differences).toEqual([]);
    expect((await loadWeights(model, saying(file))).differences).toEqual([]);
  });

  const head = (activation: 'linear' | 'softmax', epsilon = 1e-3): LayersModel =>
    sequential({
      layers: [
        layers.batchNormalization({ name: 'norm', inputShape: [4], epsilon }),
        layers.dense({ name: 'last', units: 2, activation }),
      ],
    });

  test("is compared of TensorFlow.js's own layers, but for a classifier that is kept", async () => {
    const file = await encodeWeights(head('softmax'));
    expect(await refusal(loadWeights(head('linear', 1e-5), file))).toContain(
      'the file\'s epsilon is 0.001, the model\'s 0.00001 in norm; the file\'s activation is "softmax", the model\'s "linear" in last;',
    );
    const { differences } = await loadWeights(head('linear'), file, { resetClassifier: true });
    expect(differences).toEqual([]);
  });

  test('is written where it counts: a folded network has no epsilon', async () => {
    const folded = foldBatchNorm(v1({}));
    expect(said(await encodeWeights(folded))['stem']).toEqual({
      activation: 'relu',
      padding: 'symmetric',
    });
    const torch = await encodeWeights(v1({}), { format: 'torchvision' });
    expect(parseSafetensors(torch).metadata.has('layers')).toBe(false);
  });

  test.each([
    'no JSON',
    '5',
    '[{"activation":"relu6"}]',
    '{"stem":null,"block1":7,"block2":{"activation":{},"padding":[1]},"block99":{"padding":"same"}}',
    '{"constructor":{"activation":"relu6"},"__proto__":{"padding":"same"}}',
  ])('is passed over where a file says nothing sound: %s', async (text) => {
    const model = v1({});
    const file = saying(await encodeWeights(model), { layers: text });
    expect((await loadWeights(model, file)).differences).toEqual([]);
  });

  test('may be a secret of a layer of the user’s', async () => {
    class Secret extends layers.Layer {
      static readonly className = 'Secret';
      override build(shape: Shape): void {
        this.addWeight('shift', shape.slice(-1), 'float32', initializers.zeros());
        super.build(shape);
      }
      override call(x: Tensor[]): Tensor {
        return x[0] as Tensor;
      }
      override getConfig(): never {
        throw new Error('not to be written down');
      }
    }
    const model = (): LayersModel =>
      sequential({ layers: [new Secret({ name: 'secret', inputShape: [3] })] });
    const [saved, loaded] = [randomized(model(), 1), randomized(model(), 2)];
    await loadWeights(loaded, await encodeWeights(saved));
    expect(valuesOf(loaded)).toEqual(valuesOf(saved));
  });
});
