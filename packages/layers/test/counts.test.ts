import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  initializers,
  input,
  layers,
  type LayersModel,
  type LayerVariable,
  model,
  sequential,
  type Shape,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { ConvBnAct, countParameters, layerWeights } from '@mnet/layers';
import { beforeAll, describe, expect, test } from 'vitest';

beforeAll(() => setBackend('cpu'));

/** One layer as a model. */
function single(inputShape: Shape, layer: layers.Layer): LayersModel {
  const image = input({ shape: inputShape });
  return model({ inputs: image, outputs: layer.apply(image) as SymbolicTensor });
}

const recurrent = () => layers.lstm({ units: 2, recurrentInitializer: 'zeros' });
const lstmValues = 4 * 2 * (3 + 2 + 1);

/** A layer of one weight, with a field of the user's own. */
class Shifted extends layers.Layer {
  static readonly className: string = 'Shifted';

  constructor(field: string, value: unknown) {
    super({});
    Object.assign(this, { [field]: value });
  }

  override build(shape: Shape): void {
    this.addWeight('shift', shape.slice(-1), 'float32', initializers.zeros());
    super.build(shape);
  }
}

/** A layer around another one, with a weight of its own. */
class ShiftedDense extends Shifted {
  static override readonly className: string = 'ShiftedDense';
  private readonly dense: layers.Layer;

  constructor(dense: layers.Layer) {
    super('layer', dense);
    this.dense = dense;
  }

  override build(shape: Shape): void {
    this.dense.build(shape);
    super.build(shape);
  }

  override get trainableWeights(): LayerVariable[] {
    return [...this.dense.trainableWeights, ...super.trainableWeights];
  }
}

describe('countParameters', () => {
  test.each<[string, Shape, () => layers.Layer, trained: number, untrained: number]>([
    ['dense', [5], () => layers.dense({ units: 4 }), 24, 0],
    ['BatchNormalization', [3], () => layers.batchNormalization({}), 6, 6],
    ['ConvBnAct', [8, 8, 3], () => new ConvBnAct({ filters: 2 }), 54 + 4, 4],
    ['lstm', [8, 3], recurrent, lstmValues, 0],
    [
      'two cells',
      [8, 3],
      () =>
        layers.rnn({
          cell: [2, 1].map((units) =>
            layers.simpleRNNCell({ units, recurrentInitializer: 'zeros' }),
          ),
        }),
      2 * (3 + 2 + 1) + (2 + 1 + 1),
      0,
    ],
    [
      'bidirectional',
      [8, 3],
      () => layers.bidirectional({ layer: recurrent(), mergeMode: 'concat' }),
      2 * lstmValues,
      0,
    ],
    [
      'a normalization at each time',
      [8, 3],
      () => layers.timeDistributed({ layer: layers.batchNormalization({}) }),
      6,
      6,
    ],
  ])('is the same for a frozen layer: %s', (_, shape, make, trained, untrained) => {
    const layer = make();
    const net = single(shape, layer);
    expect(countParameters(net)).toEqual({ trained, frozen: 0, untrained });
    layer.trainable = false;
    expect(countParameters(net)).toEqual({ trained, frozen: trained, untrained });
  });

  test('counts shared layers once, and those of nested models', () => {
    const inner = sequential({
      layers: [
        layers.dense({ inputShape: [4], units: 4 }),
        layers.batchNormalization({ name: 'norm' }),
      ],
    });
    const x = input({ shape: [4] });
    const shared = layers.dense({ units: 4, useBias: false });
    const twice = inner.apply(inner.apply(shared.apply(shared.apply(x)))) as SymbolicTensor;
    const net = model({ inputs: x, outputs: twice });
    expect(countParameters(net)).toEqual({ trained: 16 + 20 + 8, frozen: 0, untrained: 8 });
    inner.getLayer('norm').trainable = false;
    expect(countParameters(net)).toEqual({ trained: 44, frozen: 8, untrained: 8 });
    net.trainable = false;
    expect(countParameters(net)).toEqual({ trained: 44, frozen: 44, untrained: 8 });
  });

  test.each(['layer', 'cell', 'cells'])(
    'takes a field of a user’s layer for what it is: %s',
    (field) => {
      for (const value of ['third', 3, [1, 2], layers.dense({ units: 7 })]) {
        const net = single([5], new Shifted(field, value));
        expect(countParameters(net)).toEqual({ trained: 5, frozen: 0, untrained: 0 });
      }
    },
  );

  test('counts what a layer of a user’s has beside the layer that it wraps', () => {
    const net = single([5], new ShiftedDense(layers.dense({ units: 5 })));
    expect(countParameters(net)).toEqual({ trained: 30 + 5, frozen: 0, untrained: 0 });
  });

  test('of a model that is not built is an error', () => {
    expect(() => countParameters(sequential({ name: 'bare', layers: [] }))).toThrow(
      "model: got the sequential model 'bare' before it is built; give its first layer an inputShape",
    );
  });
});

test('layerWeights tells kernels from statistics, frozen or not', () => {
  const layer = new ConvBnAct({ name: 'conv', filters: 2 });
  single([8, 8, 3], layer);
  layer.trainable = false;
  const { trained, untrained } = layerWeights(layer);
  const names = (weights: typeof trained) => weights.map(({ originalName }) => originalName);
  expect(names(trained)).toEqual(['conv/kernel', 'conv/gamma', 'conv/beta']);
  expect(names(untrained)).toEqual(['conv/moving_mean', 'conv/moving_variance']);
});
