import { setBackend, type Tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  input,
  layers,
  type LayersModel,
  model,
  sequential,
  type Shape,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { CompositeLayer, ConvBnAct, DepthwiseSeparableConv } from '@mnet/layers';
import { modelCost, separableCost } from '@mnet/models';
import { beforeAll, describe, expect, test } from 'vitest';

beforeAll(() => setBackend('cpu'));

/** One layer as a model. */
function single(inputShape: Shape, layer: layers.Layer): LayersModel {
  const image = input({ shape: inputShape });
  return model({ inputs: image, outputs: layer.apply(image) as SymbolicTensor });
}

const kernelSize = 3;
test.each<[string, Shape, () => layers.Layer, macs: number, params: number, rest?: number]>([
  ['dense', [5], () => layers.dense({ units: 4 }), 20, 24],
  ['dense over positions', [7, 5], () => layers.dense({ units: 4 }), 140, 24],
  ['conv1d', [8, 2], () => layers.conv1d({ filters: 4, kernelSize }), 6 * 24, 28],
  ['conv2d', [8, 9, 2], () => layers.conv2d({ filters: 4, kernelSize }), 42 * 72, 76],
  [
    'conv2d, stride 2, same',
    [8, 9, 2],
    () => layers.conv2d({ filters: 4, kernelSize, strides: 2, padding: 'same', useBias: false }),
    20 * 72,
    72,
  ],
  [
    'conv2d, channels first',
    [2, 8, 9],
    () => layers.conv2d({ filters: 4, kernelSize, dataFormat: 'channelsFirst' }),
    42 * 72,
    76,
  ],
  ['conv3d', [4, 5, 6, 2], () => layers.conv3d({ filters: 4, kernelSize }), 24 * 216, 220],
  [
    'conv2dTranspose',
    [4, 5, 2],
    () => layers.conv2dTranspose({ filters: 4, kernelSize, strides: 2 }),
    20 * 72,
    76,
  ],
  [
    'depthwiseConv2d',
    [8, 9, 2],
    () => layers.depthwiseConv2d({ kernelSize, depthMultiplier: 2 }),
    42 * 36,
    40,
  ],
  [
    'separableConv2d',
    [8, 9, 2],
    () => layers.separableConv2d({ filters: 4, kernelSize }),
    42 * (18 + 8),
    30,
  ],
  ['batchNormalization', [8, 9, 2], () => layers.batchNormalization(), 0, 4, 4],
  ['maxPooling2d', [8, 9, 2], () => layers.maxPooling2d({}), 0, 0],
  ['flatten', [8, 9, 2], () => layers.flatten(), 0, 0],
])('%s of tfjs is counted', (_, shape, make, macs, params, rest = 0) => {
  const cost = modelCost(single(shape, make()));
  expect(cost).toMatchObject({ macs, params, nonTrainableParams: rest, uncounted: [] });
  expect(cost.bytes).toBe(4 * (params + rest));
});

describe('a model that a user built', () => {
  test('with a shared layer counts its weights once and its work at every use', () => {
    const image = input({ shape: [8, 8, 3] });
    const shared = layers.conv2d({ filters: 3, kernelSize, padding: 'same', useBias: false });
    const y = shared.apply(shared.apply(image)) as SymbolicTensor;
    const cost = modelCost(model({ inputs: image, outputs: y }));
    expect(cost).toMatchObject({ params: 81, macs: 2 * 64 * 81 });
    // A further use elsewhere is not this model's.
    shared.apply(input({ shape: [8, 8, 3] }));
    expect(modelCost(model({ inputs: image, outputs: y })).macs).toBe(2 * 64 * 81);
  });

  test('counts nested and sequential models layer by layer', () => {
    const inner = sequential({
      name: 'inner',
      layers: [
        layers.conv2d({
          name: 'conv',
          inputShape: [8, 8, 3],
          filters: 3,
          kernelSize,
          padding: 'same',
        }),
        layers.reLU({ name: 'relu' }),
      ],
    });
    const image = input({ shape: [8, 8, 3] });
    const twice = inner.apply(inner.apply(image)) as SymbolicTensor;
    const net = model({
      inputs: image,
      outputs: new ConvBnAct({ name: 'mine', filters: 2 }).apply(twice) as SymbolicTensor,
    });
    const cost = modelCost(net);
    expect(cost.macs).toBe(2 * 64 * 81 + 64 * 54);
    expect(cost.params).toBe(84 + 54 + 4);
    expect(cost.nonTrainableParams).toBe(4);
    const rows = cost.layers.map(({ name, className, outputShape }) => [
      name,
      className,
      outputShape,
    ]);
    expect(rows).toContainEqual(['inner/conv', 'Conv2D', [null, 8, 8, 3]]);
    expect(rows).toContainEqual(['mine', 'ConvBnAct', [null, 8, 8, 2]]);
    expect(modelCost(inner).macs).toBe(64 * 81);
  });

  test('says which layers it could not count, and why', () => {
    class Mystery extends layers.Layer {
      static readonly className = 'Mystery';
      override call(x: Tensor[]): Tensor {
        return x[0] as Tensor;
      }
    }
    const cost = modelCost(single([8, 8, 3], new Mystery({ name: 'what' })));
    expect(cost.macs).toBe(0);
    expect(cost.layers.at(-1)?.macs).toBe(null);
    expect(cost.uncounted).toEqual([
      {
        name: 'what',
        className: 'Mystery',
        reason: expect.stringMatching(/countMacs\(inputShape\)/),
      },
    ]);
    class Mixed extends CompositeLayer {
      static readonly className = 'Mixed';
      protected override compose(inputShape: Shape): void {
        this.attach(layers.dense({ units: 2 }), inputShape);
      }
      override forward(x: Tensor): Tensor {
        return (this.sublayers[0] as layers.Layer).call(x, {}) as Tensor;
      }
      override computeOutputShape(inputShape: Shape): Shape {
        return [...inputShape.slice(0, -1), 2];
      }
    }
    expect(modelCost(single([8, 8, 3], new Mixed({}))).uncounted[0]?.reason).toMatch(
      /countMacs gave null/,
    );
    const recurrent = modelCost(
      single([8, 3], layers.lstm({ name: 'lstm', units: 2, recurrentInitializer: 'zeros' })),
    );
    expect(recurrent.params).toBe(4 * 2 * (3 + 2 + 1));
    expect(recurrent.uncounted.map(({ name }) => name)).toEqual(['lstm']);
  });

  test('of unknown size cannot be counted', () => {
    const layer = layers.conv2d({ name: 'conv', filters: 1, kernelSize });
    const own = new ConvBnAct({ name: 'own', filters: 1 });
    for (const part of [layer, own]) {
      expect(modelCost(single([null, null, 3], part)).uncounted).toEqual([
        {
          name: part.name,
          className: part.getClassName(),
          reason: expect.stringMatching(/not known/),
        },
      ]);
    }
  });

  test('counts a layer that says itself what it costs', () => {
    class Costed extends layers.Layer {
      static readonly className = 'Costed';
      countMacs([, height, width]: Shape): number {
        return (height as number) * (width as number) * 10;
      }
      override call(x: Tensor[]): Tensor {
        return x[0] as Tensor;
      }
    }
    expect(modelCost(single([8, 8, 3], new Costed({})))).toMatchObject({
      macs: 640,
      uncounted: [],
    });
  });

  test('that is not built is an error', () => {
    expect(() => modelCost(sequential({ layers: [] }))).toThrow(
      /give its first layer an inputShape/,
    );
  });
});

describe('separableCost', () => {
  test('gives the worked example of 12×12×3 and 256 kernels of 5×5', () => {
    const cost = separableCost({ inputSize: 12, inputChannels: 3, outputChannels: 256, kernel: 5 });
    expect(cost).toEqual({
      outputSize: 8,
      standard: 1_228_800,
      depthwise: 4_800,
      pointwise: 49_152,
      separable: 53_952,
      ratio: 53_952 / 1_228_800,
    });
    expect(cost.ratio).toBeCloseTo(1 / 256 + 1 / 25, 12);
    expect(cost.ratio.toFixed(4)).toBe('0.0439');
  });

  test.each(['symmetric', 'same', 'valid'] as const)(
    'agrees with the layers, padding %s',
    (padding) => {
      const sizes = { inputSize: 13, inputChannels: 4, outputChannels: 8, kernel: 3, stride: 2 };
      const { standard, separable } = separableCost({ ...sizes, padding });
      const options = { filters: 8, stride: 2, padding };
      expect(modelCost(single([13, 13, 4], new ConvBnAct(options))).macs).toBe(standard);
      expect(modelCost(single([13, 13, 4], new DepthwiseSeparableConv(options))).macs).toBe(
        separable,
      );
    },
  );
});
