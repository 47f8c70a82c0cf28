import { fill, setBackend, type Tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { input, type layers } from '@tensorflow/tfjs-layers';
import type { Activation } from '@mnet/ops';
import { deriveSeed } from '@mnet/core/random';
import {
  BasicBlock,
  type BasicBlockOptions,
  ConvBnAct,
  type ConvBnActOptions,
  DenseAct,
  DepthwiseConvBnAct,
  DepthwiseSeparableConv,
  GlobalAveragePool,
  InvertedResidual,
  type InvertedResidualOptions,
  type KernelStart,
  kernelStarts,
  type LayerOptions,
  makeDivisible,
  MaxPool,
  type MaxPoolOptions,
  type Padding,
  paddings,
  SeededDropout,
  SqueezeExcite,
} from '@mnet/layers';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { values } from './layer-contract.ts';

beforeAll(() => setBackend('cpu'));

const never = (value: unknown): never => value as never;

test.each<[string, () => unknown, RegExp]>([
  [
    'no filters',
    () => new ConvBnAct(never({})),
    /ConvBnAct: filters: got undefined, takes a whole number from 1/,
  ],
  ['filters 0', () => new BasicBlock({ filters: 0 }), /BasicBlock: filters: got 0/],
  ['kernelSize', () => new ConvBnAct({ filters: 1, kernelSize: 1.5 }), /kernelSize: got 1.5/],
  ['stride', () => new DepthwiseConvBnAct({ stride: 0 }), /stride: got 0/],
  [
    'activation',
    () => new ConvBnAct({ filters: 1, activation: never('swish') }),
    /activation: got 'swish', takes one of 'linear'/,
  ],
  [
    'padding',
    () => new ConvBnAct({ filters: 1, padding: never('full') }),
    /padding: got 'full', takes one of 'symmetric', 'same', 'valid'/,
  ],
  [
    'useBn',
    () => new ConvBnAct({ filters: 1, useBn: never('yes') }),
    /useBn: got 'yes', takes true or false/,
  ],
  ['epsilon', () => new ConvBnAct({ filters: 1, epsilon: 0 }), /epsilon: got 0/],
  [
    'momentum',
    () => new ConvBnAct({ filters: 1, momentum: 2 }),
    /momentum: got 2, takes a number from 0 to 1/,
  ],
  [
    'start',
    () => new ConvBnAct({ filters: 1, start: never('zeros') }),
    /ConvBnAct: start: got 'zeros', takes one of 'heNormal', 'heNormalUngrouped', 'uniform', 'dirac'/,
  ],
  [
    'start of a block',
    () => new InvertedResidual({ filters: 1, expansion: 1, start: never('normal') }),
    /InvertedResidual: start: got 'normal'/,
  ],
  [
    'start of the gate',
    () => new SqueezeExcite({ start: never('normal') }),
    /SqueezeExcite: start: got 'normal'/,
  ],
  [
    'start of a dense layer',
    () => new DenseAct({ units: 1, start: never('heNormal') }),
    /DenseAct: start: got 'heNormal', takes one of 'normal', 'uniform'/,
  ],
  [
    'deviation of an even start',
    () => new DenseAct({ units: 1, start: 'uniform', deviation: 0.1 }),
    /deviation: got 0.1 with start 'uniform', takes start 'normal' or no deviation/,
  ],
  ['seed', () => new ConvBnAct({ filters: 1, seed: 0.5 }), /seed: got 0.5/],
  [
    'a misspelt option',
    () => new ConvBnAct(never({ filters: 1, kernel: 3 })),
    /unknown option 'kernel', takes filters, kernelSize/,
  ],
  ['no width', () => new InvertedResidual({ filters: 1 }), /exactly one of the two/],
  [
    'two widths',
    () => new InvertedResidual({ filters: 1, expansion: 1, expandedFilters: 3 }),
    /exactly one of the two/,
  ],
  ['expansion', () => new InvertedResidual({ filters: 1, expansion: 0 }), /expansion: got 0/],
  [
    'squeezeReduction',
    () => new InvertedResidual({ filters: 1, expansion: 1, squeezeReduction: 0.5 }),
    /squeezeReduction: got 0.5/,
  ],
  ['reduction', () => new SqueezeExcite({ reduction: 0 }), /reduction: got 0/],
  ['rate', () => new SeededDropout({ rate: 1 }), /rate: got 1/],
  ['units', () => new DenseAct({ units: -1 }), /units: got -1/],
  ['deviation', () => new DenseAct({ units: 1, deviation: NaN }), /deviation: got NaN/],
  ['poolSize', () => new MaxPool({ poolSize: 0 }), /poolSize: got 0/],
  [
    'valid padding beside a shortcut',
    () => new InvertedResidual({ filters: 1, expansion: 1, padding: 'valid' }),
    /padding: got 'valid', takes 'symmetric' or 'same'/,
  ],
  [
    'an even kernel beside a shortcut',
    () => new BasicBlock({ filters: 1, kernelSize: 2 }),
    /kernelSize: got 2, takes an odd one/,
  ],
  [
    'a shape without channels',
    () => new ConvBnAct({ filters: 1 }).apply(input({ shape: [4, 4, null] })),
    /takes \[batch, height, width, channels\] with known channels/,
  ],
  [
    'a shape of rank 3',
    () => new ConvBnAct({ filters: 1 }).apply(input({ shape: [4, 3] })),
    /expected ndim=4, found ndim=3/,
  ],
  [
    'a dense input of rank 3',
    () => new DenseAct({ units: 1 }).computeOutputShape([null, 3, 3]),
    /takes \[batch, inputs\]/,
  ],
  ['makeDivisible', () => makeDivisible(0), /value: got 0/],
])('%s is refused by name', (_, make, message) => {
  expect(make).toThrow(message);
});

test.each<[string, (options: never) => unknown, string]>([
  ['ConvBnAct', (options) => new ConvBnAct(options), 'filters, kernelSize'],
  ['DepthwiseConvBnAct', (options) => new DepthwiseConvBnAct(options), 'kernelSize, stride'],
  ['DepthwiseSeparableConv', (options) => new DepthwiseSeparableConv(options), 'filters, kernel'],
  ['InvertedResidual', (options) => new InvertedResidual(options), 'expansion, expandedFilters'],
  ['BasicBlock', (options) => new BasicBlock(options), 'filters, kernelSize'],
  ['SqueezeExcite', (options) => new SqueezeExcite(options), 'reduction, start, seed, name'],
  ['MaxPool', (options) => new MaxPool(options), 'poolSize, stride, padding, name'],
  ['DenseAct', (options) => new DenseAct(options), 'units, activation, start, deviation, seed'],
  ['SeededDropout', (options) => new SeededDropout(options), 'rate, seed, name'],
  ['GlobalAveragePool', (options) => new GlobalAveragePool(options), 'name, trainable'],
])('%s refuses a key that it does not have, and lists its own', (name, make, keys) => {
  expect(() => make(never({ width: 1 }))).toThrow(`${name}: unknown option 'width', takes ${keys}`);
  expect(() => make(never(3))).toThrow(`${name}: got 3, takes an object of options`);
});

test('a block has the options of its convolutions, and defaults of its own', () => {
  const { activation } = new InvertedResidual({ filters: 1, expansion: 1 });
  expect(activation).toBe('relu6');
  const of = { filters: 1, expansion: 1, squeezeReduction: 0 };
  expect(new InvertedResidual({ ...of, activation: 'relu' }).activation).toBe('relu');
  expect(() => new InvertedResidual({ ...of, squeezeReduction: 0.5 })).toThrow(
    'InvertedResidual: squeezeReduction: got 0.5, takes one of 0, or a number from 1 to 1000000',
  );
});

test('the types follow from the declarations', () => {
  expectTypeOf<ConvBnActOptions['filters']>().toEqualTypeOf<number>();
  expectTypeOf<ConvBnActOptions['activation']>().toEqualTypeOf<Activation | undefined>();
  expectTypeOf<InvertedResidualOptions['start']>().toEqualTypeOf<KernelStart | undefined>();
  expectTypeOf<MaxPoolOptions['padding']>().toEqualTypeOf<Padding | undefined>();
  expectTypeOf<ConvBnActOptions>().toExtend<LayerOptions>();
  expectTypeOf<ConvBnActOptions>().not.toHaveProperty('expansion');
  expectTypeOf<{ kernelSize: 3 }>().not.toExtend<BasicBlockOptions>();
  expectTypeOf<{ filters: 3; name: 'a' }>().toExtend<BasicBlockOptions>();
});

test('other channels than at building are refused', () => {
  const layer = new ConvBnAct({ filters: 1 });
  layer.apply(input({ shape: [4, 4, 3] }));
  expect(() => layer.apply(values([1, 4, 4, 2]))).toThrow(/have value 3/);
});

test('the shape stated is the shape that comes out, for every window', () => {
  const wrong: unknown[] = [];
  for (const padding of paddings) {
    for (const kernelSize of [1, 2, 3, 4, 5]) {
      for (const stride of [1, 2, 3]) {
        for (const [height, width] of [
          [5, 6],
          [7, 8],
          [9, 5],
        ] as const) {
          const options = { kernelSize, stride, padding, useBn: false };
          const x = values([1, height, width, 2]);
          for (const layer of [
            new ConvBnAct({ ...options, filters: 3 }),
            new DepthwiseConvBnAct(options),
            new MaxPool({ poolSize: kernelSize, stride, padding }),
          ]) {
            const y = layer.apply(x) as Tensor;
            const stated = layer.computeOutputShape(x.shape);
            if (stated.join() !== y.shape.join())
              wrong.push([layer.name, options, stated, y.shape]);
          }
        }
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('a window that does not fit is refused', () => {
  const options = { filters: 1, kernelSize: 5, padding: 'valid' } as const;
  for (const layer of [new ConvBnAct(options), new DepthwiseSeparableConv(options)]) {
    expect(() => layer.apply(input({ shape: [4, 8, 3] }))).toThrow(
      /got an input of 4×8, into which a window of 5×5 with padding 'valid' does not fit/,
    );
  }
});

test('unknown heights and widths stay unknown, and are not counted', () => {
  const layer = new BasicBlock({ filters: 4, stride: 2 });
  expect((layer.apply(input({ shape: [null, null, 3] })) as { shape: unknown }).shape).toEqual([
    null,
    null,
    null,
    4,
  ]);
  expect(layer.countMacs([null, null, null, 3])).toBe(null);
  expect((layer.apply(values([1, 5, 6, 3])) as Tensor).shape).toEqual([1, 3, 3, 4]);
});

test.each([
  [32 * 0.35, 16],
  [16 * 0.35, 8],
  [24 * 0.75, 24],
  [1280 * 0.5, 640],
  [1280 * 1.4, 1792],
  [18, 24],
  [12, 16],
  [1, 8],
])('makeDivisible(%d) is %d', (value, expected) => {
  expect(makeDivisible(value)).toBe(expected);
});

describe('the start of the weights', () => {
  const kernel = (layer: layers.Layer): Float32Array => {
    layer.apply(input({ shape: [8, 8, 64] }));
    return layer.weights[0]?.read().dataSync() as Float32Array;
  };
  const deviation = (sample: Float32Array): number =>
    Math.sqrt(sample.reduce((total, value) => total + value * value, 0) / sample.length);

  test('follows the seed to the bit, and differs between parts and without one', () => {
    const make = (seed?: number): Float32Array =>
      kernel(new ConvBnAct({ filters: 16, ...(seed !== undefined && { seed }) }));
    expect(make(7)).toEqual(make(7));
    expect(make(7)).not.toEqual(make(8));
    expect(make()).not.toEqual(make());
    const block = new BasicBlock({ filters: 64, seed: 1 });
    expect(kernel(block)).not.toEqual(block.weights[3]?.read().dataSync());
  });

  test('has the deviation √(2 / fan-out) and mean 0', () => {
    const dense = kernel(new ConvBnAct({ filters: 32, seed: 1 }));
    expect(deviation(dense)).toBeCloseTo(Math.sqrt(2 / (9 * 32)), 2);
    expect(deviation(dense) / Math.sqrt(2 / (9 * 32))).toBeCloseTo(1, 1);
    expect(dense.reduce((a, b) => a + b, 0) / dense.length).toBeCloseTo(0, 2);
  });

  // Of a depthwise kernel of 5×5 over 64 channels; the bounds are four standard deviations of a sample of 1,600.
  test.each([
    ['heNormal', 2 / 25],
    ['heNormalUngrouped', 2 / (25 * 64)],
    ['uniform', 1 / 3 / 25],
  ] as const)('of a depthwise kernel is %s of its own fans', (start, variance) => {
    const sample = kernel(new DepthwiseConvBnAct({ kernelSize: 5, start, seed: 1 }));
    expect(sample.length).toBe(1600);
    expect(Math.abs(deviation(sample) ** 2 / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / 1600));
  });

  test('is `heNormalUngrouped` where nothing is said', () => {
    const options = { kernelSize: 5, seed: 1 };
    const said = new DepthwiseConvBnAct({ ...options, start: 'heNormalUngrouped' });
    expect(kernel(new DepthwiseConvBnAct(options))).toEqual(kernel(said));
  });

  test('is spread evenly within ±1/√fan-in with `uniform`, biases too', () => {
    const options = { start: 'uniform', useBn: false, seed: 1 } as const;
    const bounds: [layers.Layer, number][] = [
      [new ConvBnAct({ filters: 256, ...options }), 9 * 64],
      [new DepthwiseConvBnAct(options), 9],
      [new SqueezeExcite({ start: 'uniform', seed: 1 }), 64],
    ];
    for (const [layer, fanIn] of bounds) {
      kernel(layer);
      const bound = 1 / Math.sqrt(fanIn);
      const [weights, bias] = layer.weights.map((w) => w.read().dataSync<'float32'>());
      for (const sample of [weights, bias] as Float32Array[]) {
        const far = sample.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expect(far).toBeLessThanOrEqual(Math.fround(bound));
        // One of n even draws lies above this bound but once in 10⁹.
        expect(far).toBeGreaterThan(bound * (1 - 21 / sample.length));
      }
      const n = (weights as Float32Array).length;
      const variance = deviation(weights as Float32Array) ** 2;
      expect(Math.abs((3 * variance) / bound ** 2 - 1)).toBeLessThan(4 * Math.sqrt(0.8 / n));
    }
    const dense = new DenseAct({ units: 64, start: 'uniform', seed: 1 });
    dense.apply(input({ shape: [100] }));
    for (const weight of dense.weights) {
      const sample = weight.read().dataSync<'float32'>();
      expect(Math.max(...sample.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.1));
      expect(deviation(sample)).toBeGreaterThan(0.04);
    }
  });

  test('passes as many channels on as there are, with `dirac`, and spreads the other filters', () => {
    const dirac = (layer: layers.Layer, channels: number): Float32Array[] => {
      layer.apply(input({ shape: [8, 8, channels] }));
      return layer.weights.map((w) => w.read().dataSync<'float32'>());
    };
    for (const [channels, filters, kernelSize] of [
      [4, 6, 3],
      [6, 4, 3],
      [3, 5, 2],
    ] as const) {
      const options = { filters, kernelSize, start: 'dirac', useBn: false, seed: 1 } as const;
      const [weights = [], bias] = dirac(new ConvBnAct(options), channels);
      expect(bias).toEqual(new Float32Array(filters));
      const middle = kernelSize === 3 ? 4 : 3;
      const passing = Math.min(channels, filters);
      weights.forEach((value, i) => {
        const [filter, row] = [i % filters, Math.floor(i / filters)];
        const [channel, place] = [row % channels, Math.floor(row / channels)];
        if (filter < passing) expect(value).toBe(place === middle && channel === filter ? 1 : 0);
        else expect(Math.abs(value)).toBeLessThanOrEqual(1 / Math.sqrt(kernelSize ** 2 * channels));
      });
      const spread = Array.from(weights).filter((_, i) => i % filters >= passing);
      expect(new Set(spread).size).toBe(spread.length);
    }
    const [each = []] = dirac(new DepthwiseConvBnAct({ start: 'dirac', seed: 1 }), 3);
    each.forEach((value, i) => expect(value).toBe(Math.floor(i / 3) === 4 ? 1 : 0));
  });

  test.each(kernelStarts)('of a block is its parts’, %s', (start) => {
    const options = { filters: 64, start, seed: 1 } as const;
    for (const block of [
      new DepthwiseSeparableConv(options),
      new InvertedResidual({ ...options, expansion: 2, squeezeReduction: 4 }),
      new BasicBlock({ ...options, stride: 2 }),
    ]) {
      kernel(block);
      expect(block.getConfig().start).toBe(start);
      for (const part of block.sublayers) expect(part.getConfig().start).toBe(start);
    }
  });

  test('is normal: its first four moments and its tail', () => {
    const sample = kernel(new ConvBnAct({ filters: 1024, seed: 3 }));
    const n = sample.length;
    const scaled = sample.map((value) => value / Math.sqrt(2 / (9 * 1024)));
    const moment = (power: number): number =>
      scaled.reduce((total, value) => total + value ** power, 0) / n;
    // Each within four of its own standard deviations.
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    const far = scaled.filter((value) => Math.abs(value) > 3.5).length / n;
    expect(Math.abs(far - 4.6526e-4)).toBeLessThan(4 * Math.sqrt(4.6526e-4 / n));
  });

  test('is what its sources say', () => {
    // From an implementation of the same sources in another language.
    expect(deriveSeed(1, 'stem')).toBe(1529987213);
    const all = kernel(new ConvBnAct({ filters: 16, seed: 1 }));
    expect(Array.from(all.slice(0, 4))).toEqual([
      0.041263531893491745, 0.09292567521333694, -0.18725354969501495, -0.09143689274787903,
    ]);
    expect(Array.from(all.slice(-4))).toEqual([
      0.18503592908382416, -0.07979358732700348, 0.02152092196047306, -0.18488147854804993,
    ]);
  });
});

describe('SeededDropout', () => {
  const mask = (layer: SeededDropout, options: object = {}): Float32Array =>
    (layer.apply(ones, { training: true, ...options }) as Tensor).dataSync() as Float32Array;
  let ones: Tensor;
  beforeAll(() => {
    ones = fill([1000], 1);
  });

  test('drops the share asked for and scales the rest', () => {
    const kept = mask(new SeededDropout({ rate: 0.25, seed: 1 })).filter((value) => value !== 0);
    expect(kept.length / 1000).toBeCloseTo(0.75, 1);
    expect(kept.every((value) => Math.abs(value - 4 / 3) < 1e-6)).toBe(true);
  });

  test('draws by seed and step: new at every step, the same at the same step', () => {
    const layer = new SeededDropout({ rate: 0.5, seed: 1 });
    const first = mask(layer);
    const second = mask(layer);
    expect(second).not.toEqual(first);
    const resumed = new SeededDropout({ rate: 0.5, seed: 1 });
    expect(mask(resumed, { step: 1 })).toEqual(second);
    expect(mask(resumed, { step: 0 })).toEqual(first);
    expect(mask(new SeededDropout({ rate: 0.5, seed: 2 }))).not.toEqual(first);
  });

  test('changes nothing in inference', () => {
    const y = new SeededDropout({ rate: 0.5 }).apply(ones) as Tensor;
    expect(y.dataSync()).toEqual(ones.dataSync());
  });
});
