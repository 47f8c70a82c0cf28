import {
  add,
  conv2d,
  dispose,
  memory,
  moments,
  relu,
  setBackend,
  sub,
  type Tensor,
  type Tensor4D,
  tensor1d,
  zeros,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  initializers,
  input,
  layers,
  type LayersModel,
  model,
  regularizers,
  type Shape,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import {
  type CallOptions,
  CompositeLayer,
  ConvBnAct,
  DepthwiseSeparableConv,
  GlobalAveragePool,
  InvertedResidual,
} from '@mnet/layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { numbers, values } from './layer-contract.ts';
beforeAll(() => setBackend('cpu'));

function chain(...parts: layers.Layer[]): LayersModel {
  const image = input({ shape: [4, 4, 3] });
  let x = image;
  for (const part of parts) x = part.apply(x) as SymbolicTensor;
  return model({ inputs: image, outputs: x });
}

function weightsOf(layer: layers.Layer, suffix: string): Float32Array[] {
  return layer.weights
    .filter(({ originalName }) => originalName.endsWith(suffix))
    .map((weight) => weight.read().dataSync() as Float32Array);
}

function largestDifference(a: Tensor, b: Tensor): number {
  const [x, y] = [numbers(a), numbers(b)];
  return x.reduce((max, value, i) => Math.max(max, Math.abs(value - (y[i] as number))), 0);
}

describe('batch normalization', () => {
  test('moves its statistics as PyTorch does, and normalizes with them afterwards', () => {
    const layer = new ConvBnAct({
      filters: 2,
      kernelSize: 1,
      momentum: 0.25,
      activation: 'linear',
    });
    const net = chain(layer);
    layer.weights[0]?.write(values([1, 1, 3, 2], 5));
    const x = values([2, 4, 4, 3]) as Tensor4D;
    const z = conv2d(x, layer.weights[0]?.read() as Tensor4D, 1, 'valid');
    const { mean, variance } = moments(z, [0, 1, 2]);
    const normalized = net.apply(x, { training: true }) as Tensor;
    const statistics = moments(normalized, [0, 1, 2]);
    expect(largestDifference(statistics.mean, zeros([2]))).toBeLessThan(1e-6);
    expect(largestDifference(statistics.variance, add(zeros([2]), 1))).toBeLessThan(1e-3);
    const [movingMean] = weightsOf(layer, 'moving_mean');
    const [movingVariance] = weightsOf(layer, 'moving_variance');
    for (const c of [0, 1]) {
      const m = mean.dataSync()[c] as number;
      const v = variance.dataSync()[c] as number;
      expect(movingMean?.[c]).toBeCloseTo(0.25 * m, 6);
      expect(movingVariance?.[c]).toBeCloseTo(0.75 + (0.25 * v * 32) / 31, 6);
    }
    const y = net.predict(x) as Tensor;
    const expected = sub(z, tensor1d(movingMean as Float32Array)).dataSync();
    for (const [i, value] of y.dataSync().entries()) {
      const deviation = Math.sqrt((movingVariance?.[i % 2] as number) + 1e-5);
      expect(value).toBeCloseTo((expected[i] as number) / deviation, 5);
    }
  });

  test('without a scale trains the shift alone, and moves its statistics', async () => {
    const layer = new ConvBnAct({ filters: 2, scale: false, seed: 1 });
    const net = chain(layer);
    const names = (list: readonly { originalName: string }[]): string[] =>
      list.map(({ originalName }) => originalName.replace(/.*\//, ''));
    expect(names(layer.trainableWeights)).toEqual(['kernel', 'beta']);
    expect(names(layer.nonTrainableWeights)).toEqual(['gamma', 'moving_mean', 'moving_variance']);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const x = values([4, 4, 4, 3]);
    await net.fit(x, zeros([4, 4, 4, 2]), { epochs: 2, batchSize: 4, verbose: 0 });
    expect(weightsOf(layer, 'gamma')[0]).toEqual(Float32Array.of(1, 1));
    expect(Math.max(...(weightsOf(layer, 'beta')[0] as Float32Array).map(Math.abs))).not.toBe(0);
    expect(layer.movesStatistics).toBe(true);
    expect(Math.max(...(weightsOf(layer, 'moving_mean')[0] as Float32Array))).not.toBe(0);
    layer.trainable = false;
    expect(layer.movesStatistics).toBe(false);
  });

  test.each([
    ['the layer', (net: LayersModel) => net.layers.forEach((layer) => (layer.trainable = false))],
    ['the model', (net: LayersModel) => (net.trainable = false)],
  ])('runs as in inference while %s is frozen', (_, freeze) => {
    const block = new InvertedResidual({ filters: 3, expansion: 2, seed: 1 });
    const net = chain(block, new ConvBnAct({ filters: 2, seed: 2 }));
    const x = values([2, 4, 4, 3]);
    const state = (): Map<string, number[]> =>
      new Map(net.weights.map((w) => [w.originalName, Array.from(w.read().dataSync())]));
    const before = state();
    freeze(net);
    expect(net.trainableWeights).toEqual([]);
    const y = net.apply(x, { training: true }) as Tensor;
    expect(y.dataSync()).toEqual((net.predict(x) as Tensor).dataSync());
    expect(state()).toEqual(before);
    for (const layer of net.layers) layer.trainable = true;
    net.trainable = true;
    dispose(net.apply(x, { training: true }) as Tensor);
    for (const mean of weightsOf(block, 'moving_mean')) expect(Math.max(...mean)).not.toBe(0);
  });

  test('is told by fit and by apply, through nested models, whether this is training', async () => {
    const inner = chain(new DepthwiseSeparableConv({ filters: 4, seed: 1 }));
    const image = input({ shape: [4, 4, 3] });
    const pooled = new GlobalAveragePool().apply(inner.apply(image)) as SymbolicTensor;
    const logits = layers.dense({ units: 2 }).apply(pooled) as SymbolicTensor;
    const net = model({ inputs: image, outputs: logits });
    const block = inner.layers[1] as layers.Layer;
    const x = values([4, 4, 4, 3]);
    const mean = (): number => Math.max(...(weightsOf(block, 'moving_mean')[0] as Float32Array));
    dispose(net.predict(x));
    dispose(net.apply(x) as Tensor);
    expect(mean()).toBe(0);
    dispose(net.apply(x, { training: true }) as Tensor);
    const once = mean();
    expect(once).not.toBe(0);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await net.fit(x, zeros([4, 2]), { epochs: 1, batchSize: 4, verbose: 0 });
    expect(mean()).not.toBe(once);
    const settled = mean();
    dispose(net.evaluate(x, zeros([4, 2])));
    expect(mean()).toBe(settled);
  });

  test('trains with fit: every weight moves and no tensor is left', async () => {
    const net = chain(
      new ConvBnAct({ filters: 4, seed: 1 }),
      new InvertedResidual({ filters: 4, expansion: 2, squeezeReduction: 4, seed: 2 }),
      new GlobalAveragePool(),
      layers.dense({ units: 2, kernelInitializer: initializers.glorotUniform({ seed: 3 }) }),
    );
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const x = values([8, 4, 4, 3]);
    const y = values([8, 2], 1);
    await net.fit(x, y, { epochs: 1, batchSize: 4, verbose: 0 });
    const start = net.weights.map((weight) => Array.from(weight.read().dataSync()));
    const tensors = memory().numTensors;
    const history = await net.fit(x, y, { epochs: 3, batchSize: 4, verbose: 0, shuffle: false });
    expect(memory().numTensors).toBe(tensors);
    const still = net.weights.filter((w, i) => numbers(w.read()).join() === start[i]?.join());
    expect(still.map(({ originalName }) => originalName)).toEqual([]);
    const losses = history.history.loss as number[];
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
  });
});

describe('a composite layer', () => {
  test('sets the weights that it gets, in the order in which it gives them', () => {
    const one = new InvertedResidual({ filters: 3, expansion: 2, seed: 1 });
    const other = new InvertedResidual({ filters: 3, expansion: 2, seed: 2 });
    chain(one);
    chain(other);
    other.setWeights(one.getWeights());
    const x = values([1, 4, 4, 3]);
    expect((other.apply(x) as Tensor).dataSync()).toEqual((one.apply(x) as Tensor).dataSync());
  });

  test('takes weights and trainable: false at its making', () => {
    const one = new DepthwiseSeparableConv({ filters: 2, seed: 1 });
    chain(one);
    const weights = one.getWeights();
    const other = new DepthwiseSeparableConv({ filters: 2, weights, trainable: false });
    const net = chain(other);
    expect(other.trainableWeights).toEqual([]);
    expect(other.weights.length).toBe(10);
    const x = values([1, 4, 4, 3]);
    const y = net.apply(x, { training: true }) as Tensor;
    expect(y.dataSync()).toEqual((one.apply(x) as Tensor).dataSync());
    other.trainable = true;
    expect(other.trainableWeights.length).toBe(6);
  });

  test('lets a part be frozen alone', () => {
    const layer = new DepthwiseSeparableConv({ filters: 2, seed: 1 });
    const net = chain(layer);
    const [depthwise] = layer.sublayers;
    (depthwise as layers.Layer).trainable = false;
    expect(layer.trainableWeights.map(({ originalName }) => originalName)).toEqual(
      ['kernel', 'gamma', 'beta'].map((name) => `${layer.name}/pointwise/${name}`),
    );
    dispose(net.apply(values([1, 4, 4, 3]), { training: true }) as Tensor);
    const [first, second] = weightsOf(layer, 'moving_mean');
    const [frozen, moved] =
      Math.max(...(first as Float32Array)) === 0 ? [first, second] : [second, first];
    expect(Math.max(...(frozen as Float32Array).map(Math.abs))).toBe(0);
    expect(Math.max(...(moved as Float32Array).map(Math.abs))).toBeGreaterThan(0);
  });

  /** A user's layer: two of this package's parts around one of tfjs's own. */
  class Bottleneck extends CompositeLayer {
    static readonly className = 'Bottleneck';
    private parts: layers.Layer[] = [];

    protected override compose(inputShape: Shape): void {
      const kernelRegularizer = regularizers.l2({ l2: 0.5 });
      this.parts = [
        new DepthwiseSeparableConv({ name: 'first', filters: 4, seed: 1 }),
        layers.conv2d({ name: 'stock', filters: 2, kernelSize: 1, kernelRegularizer }),
      ];
      let shape = inputShape;
      for (const part of this.parts) shape = this.attach(part, shape);
    }

    override forward(x: Tensor, options: CallOptions): Tensor {
      return this.parts.reduce((h, part) => part.call(h, options) as Tensor, x);
    }

    override computeOutputShape(inputShape: Shape): Shape {
      return [...inputShape.slice(0, 3), 2];
    }
  }

  test('of a user nests, names its weights by the path, and adds up the losses of its parts', () => {
    const layer = new Bottleneck({ name: 'mine' });
    const net = chain(layer);
    expect(net.weights.map(({ originalName }) => originalName)).toEqual([
      ...['kernel', 'gamma', 'beta'].map((name) => `mine/first/depthwise/${name}`),
      ...['kernel', 'gamma', 'beta'].map((name) => `mine/first/pointwise/${name}`),
      'mine/stock/kernel',
      'mine/stock/bias',
      'mine/first/depthwise/moving_mean',
      'mine/first/depthwise/moving_variance',
      'mine/first/pointwise/moving_mean',
      'mine/first/pointwise/moving_variance',
    ]);
    const kernel = net.weights[6]?.read() as Tensor;
    const squares = numbers(kernel).reduce((total, value) => total + value * value, 0);
    expect(net.calculateLosses().map((loss) => loss.dataSync()[0])).toEqual([
      expect.closeTo(0.5 * squares, 5),
    ]);
    layer.trainable = false;
    expect(layer.sublayers.map(({ trainable }) => trainable)).toEqual([false, false]);
    expect(layer.countMacs([null, 4, 4, 3]), 'tfjs’s own part has no rule').toBe(null);
    expect(() => new Bottleneck({}).countMacs([null, 4, 4, 3])).toThrow(/is not built/);
  });

  test('refuses parts that are built or share a name', () => {
    class Twice extends CompositeLayer {
      static readonly className = 'Twice';
      readonly two: [layers.Layer, layers.Layer];

      constructor(...two: [layers.Layer, layers.Layer]) {
        super({});
        this.two = two;
      }

      protected override compose(inputShape: Shape): void {
        for (const part of this.two) this.attach(part, inputShape);
      }

      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    const named = (name: string): layers.Layer => new ConvBnAct({ name, filters: 3 });
    expect(() => chain(new Twice(named('a'), named('a')))).toThrow(/two parts named 'a'/);
    const built = named('a');
    chain(built);
    expect(() => chain(new Twice(named('b'), built))).toThrow(/'a' is built already/);
  });
});

test('symmetric padding reads what zeros on every side would give', () => {
  const layer = new ConvBnAct({ filters: 2, stride: 2, useBn: false, seed: 1 });
  const x = values([1, 4, 4, 3]) as Tensor4D;
  const y = layer.apply(x) as Tensor;
  const kernel = layer.weights[0]?.read() as Tensor4D;
  const padded = conv2d(x, kernel, 2, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  expect(largestDifference(y, relu(padded))).toBe(0);
  const same = new ConvBnAct({ filters: 2, stride: 2, useBn: false, padding: 'same', seed: 1 });
  expect(largestDifference(y, same.apply(x) as Tensor)).toBeGreaterThan(0.01);
});
