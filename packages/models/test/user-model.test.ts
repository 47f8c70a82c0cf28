import { type io, setBackend, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  input,
  layers,
  type LayersModel,
  loadLayersModel,
  model,
  type Sequential,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import {
  createModel,
  featureInfo,
  featureModel,
  foldBatchNorm,
  freeze,
  modelCost,
  modelInfo,
  resetClassifier,
  unfreeze,
} from '@mnet/models';
import { beforeAll, describe, expect, test } from 'vitest';

beforeAll(() => setBackend('cpu'));

describe('a model that a user built', () => {
  const stock = (): Sequential =>
    sequential({
      layers: [
        layers.conv2d({
          name: 'conv',
          inputShape: [8, 8, 3],
          filters: 4,
          kernelSize: 3,
          useBias: false,
        }),
        layers.batchNormalization({ name: 'bn' }),
        layers.flatten({ name: 'flat' }),
        layers.dense({ name: 'out', units: 5, kernelInitializer: 'heNormal' }),
      ],
    });
  /** How far the moving means of batch normalization have gone from 0, where they began. */
  const moved = (net: Sequential): number => {
    const [, , mean] = net.getLayer('bn').getWeights();
    return Math.max(...(mean as Tensor).dataSync<'float32'>().map(Math.abs));
  };

  test('is frozen with its stock batch normalization, which fit would go on moving', async () => {
    const net = freeze(stock()) as Sequential;
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const data = Float32Array.from({ length: 4 * 192 }, (_, i) => i % 7);
    await net.fit(tensor(data, [4, 8, 8, 3]), zeros([4, 5]), { epochs: 1, verbose: 0 });
    expect(moved(net)).toBe(0);
    expect(net.trainableWeights.map(({ originalName }) => originalName)).toEqual([
      'out/kernel',
      'out/bias',
    ]);
  });

  test('keeps its statistics as a folded copy; loaded, after it is frozen again', async () => {
    const data = tensor(
      Float32Array.from({ length: 4 * 192 }, (_, i) => i % 7),
      [4, 8, 8, 3],
    );
    const fit = async (net: Sequential): Promise<number> => {
      net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      await net.fit(data, zeros([4, 5]), { epochs: 1, verbose: 0 });
      return moved(net);
    };
    const net = freeze(stock()) as Sequential;
    expect(await fit(foldBatchNorm(net) as Sequential)).toBe(0);
    const saved: io.ModelArtifacts[] = [];
    await net.save({
      save: async (artifacts) => {
        saved.push(artifacts);
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      },
    });
    const loaded = async (): Promise<Sequential> =>
      (await loadLayersModel({ load: async () => saved[0] as io.ModelArtifacts })) as Sequential;
    expect(await fit(await loaded())).toBeGreaterThan(0);
    expect(await fit(freeze(await loaded()) as Sequential)).toBe(0);
    expect(await fit(foldBatchNorm(stock()) as Sequential)).toBeGreaterThan(0);
  });

  test('is unfrozen again with its stock batch normalization, also as a layer of another', async () => {
    const inner = freeze(freeze(stock())) as Sequential;
    const net = freeze(sequential({ layers: [inner, layers.dense({ units: 1 })] })) as Sequential;
    const data = tensor(
      Float32Array.from({ length: 4 * 192 }, (_, i) => i % 7),
      [4, 8, 8, 3],
    );
    const fit = async (): Promise<void> => {
      net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      await net.fit(data, zeros([4, 1]), { epochs: 1, verbose: 0 });
    };
    await fit();
    expect(moved(inner)).toBe(0);
    unfreeze(net);
    await fit();
    expect(moved(inner)).toBeGreaterThan(0);
    expect(net.trainableWeights).toHaveLength(7);
  });

  /** Expects equal predictions of two models of pictures of 32×32. */
  const expectAlike = (...models: [LayersModel, LayersModel]): void => {
    const x = tensor(
      Float32Array.from({ length: 3072 }, (_, i) => Math.sin(i)),
      [1, 32, 32, 3],
    );
    const [y, again] = models.map((m) => (m.predict(x) as Tensor).dataSync<'float32'>());
    for (const [i, value] of (y as Float32Array).entries()) {
      expect(again?.[i]).toBeCloseTo(value, 5);
    }
  };

  /** A body of this project's layers as the first layer of a sequential model. */
  const onBody = (): { body: LayersModel; net: Sequential } => {
    const body = createModel('mobilenet_v1', { classes: 3, width: 0.1, name: 'body', seed: 1 });
    return { body, net: sequential({ layers: [body, layers.dense({ units: 2 })] }) };
  };

  test('is unfrozen with a model that comes first in it and was frozen whole', () => {
    const { body, net } = onBody();
    const all = net.trainableWeights.length;
    body.trainable = false;
    expect(net.trainableWeights).toHaveLength(2);
    expect(unfreeze(net).trainableWeights).toHaveLength(all);
    const outer = sequential({ layers: [net, layers.dense({ units: 1 })] });
    net.trainable = false;
    body.trainable = false;
    expect(unfreeze(outer).trainableWeights).toHaveLength(all + 2);
  });

  test('is folded where a model of this project’s layers comes first in it', () => {
    const { net } = onBody();
    const folded = foldBatchNorm(net);
    expect(folded.weights.filter((w) => w.originalName.includes('moving'))).toEqual([]);
    expectAlike(net, folded);
  });

  test('takes taps and a new classifier', () => {
    const net = stock();
    expect(featureInfo(net).map(({ name, channels }) => [name, channels])).toEqual([
      ['conv', 4],
      ['bn', 4],
    ]);
    expect(() => featureModel(net, ['nothing'])).toThrow(
      /got 'nothing', takes 'logits' or one of 'conv', 'bn', 'flat', 'out'/,
    );
    expect(() => featureModel(net, [])).toThrow(/names: got \[\]/);
    for (const [names, shown] of [
      [['conv', 'bn', 'conv'], "'conv' and 'conv'"],
      [['out', 'logits'], "'out' and 'logits'"],
    ] as const) {
      expect(() => featureModel(net, names)).toThrow(
        `names: got ${shown}, which are one output; takes each output once`,
      );
    }
    for (const shape of [[null, 8, 3], [8]]) {
      const image = input({ shape });
      const other = model({ inputs: image, outputs: layers.reLU().apply(image) as SymbolicTensor });
      expect(() => featureInfo(other)).toThrow(
        /model: got inputs \[\[null,.*\]\], takes one of \[batch, height, width, channels\] with a known height/,
      );
    }
    const reset = resetClassifier(net, 2, { seed: 1 });
    expect((reset.predict(zeros([1, 8, 8, 3])) as Tensor).shape).toEqual([1, 2]);
    expect(modelInfo(reset)).toBeUndefined();
  });

  test.each<[string, (given: never) => unknown]>([
    ['modelCost', modelCost],
    ['modelInfo', modelInfo],
    ['featureInfo', featureInfo],
    ['featureModel', (given) => featureModel(given, ['logits'])],
    ['freeze', freeze],
    ['unfreeze', unfreeze],
    ['foldBatchNorm', foldBatchNorm],
    ['resetClassifier', (given) => resetClassifier(given, 3)],
  ])('is told from what is none: %s', (_, take) => {
    for (const [given, shown] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [{}, 'Object'],
    ] as const) {
      expect(() => take(given as never)).toThrow(`model: got ${shown}, takes a tf.LayersModel`);
    }
  });

  test('is folded where it has this project’s layers, and copied elsewhere', () => {
    const inner = createModel('mobilenet_v1', { classes: 3, width: 0.1, name: 'inner', seed: 1 });
    const image = input({ shape: [32, 32, 3] });
    const stem = layers.conv2d({ name: 'stock', filters: 3, kernelSize: 3, padding: 'same' });
    const bn = layers.batchNormalization({ name: 'bn' });
    const logits = inner.apply(bn.apply(stem.apply(image))) as SymbolicTensor;
    const net = model({ inputs: image, outputs: logits });
    net.setUserDefinedMetadata({ note: 'kept' });
    const folded = foldBatchNorm(net);
    const folds = folded.weights.map((w) => w.originalName).filter((n) => n.includes('moving'));
    expect(folds).toEqual(['bn/moving_mean', 'bn/moving_variance']);
    expect(folded.getUserDefinedMetadata()).toEqual({ note: 'kept' });
    expectAlike(net, folded);
    expect(foldBatchNorm(stock()).countParams()).toBe(stock().countParams());
  });

  test('that does not end in a dense layer keeps its classifier', () => {
    const image = input({ shape: [4] });
    const soft = layers.softmax({ name: 'soft' }).apply(image) as SymbolicTensor;
    expect(() => resetClassifier(model({ inputs: image, outputs: soft, name: 'm' }), 2)).toThrow(
      /got 'm', whose output comes from 'soft' \(Softmax\); takes a model that ends in one dense layer/,
    );
    expect(() => resetClassifier(createModel('mobilenet_v1', { width: 0.1 }), 0)).toThrow(
      /classes: got 0/,
    );
    expect(() => freeze(createModel('mobilenet_v1', { width: 0.1 }), 'block99')).toThrow(
      /until: got 'block99', takes one of 'image', 'stem', 'block1'/,
    );
  });
});
