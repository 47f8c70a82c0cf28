import { setBackend, type Tensor, zeros } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Given } from '@mnet/core/options';
import {
  CompositeBlock,
  ConvBnAct,
  normalizationOptions,
  seededDropoutOptions,
} from '@mnet/layers';
import {
  type Architecture,
  architecture,
  architectureOptions,
  type BatchNormSpec,
  batchNormSpec,
  buildModel,
  buildOptions,
  createModel,
  featureInfo,
  listModels,
  modelCost,
  modelInfo,
  namedStrides,
  ownOptions,
} from '@mnet/models';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';

beforeAll(() => setBackend('cpu'));

const never = (value: unknown): never => value as never;

test('the registry lists the networks, by the names of their tables', () => {
  expect(listModels()).toEqual(
    expect.arrayContaining([
      'mobilenet_v1',
      'mobilenet_v2',
      'mobilenet_v3_small',
      'mobilenet_v3_large',
      'normal_cnn',
      'resnet18',
    ]),
  );
  for (const name of listModels()) expect(architecture(name).name).toBe(name);
  // A caller's changes are the caller's.
  listModels().pop();
  expect(listModels()).toContain('resnet18');
});

test('options are typed by the network’s name', () => {
  type Options<Name extends Parameters<typeof createModel>[0]> = NonNullable<
    Parameters<typeof createModel<Name>>[1]
  >;
  expectTypeOf<Options<'mobilenet_v2'>>().toHaveProperty('scaleHead');
  expectTypeOf<Options<'mobilenet_v3_small'>>().toHaveProperty('widthRule');
  expectTypeOf<Options<'resnet18'>>().not.toHaveProperty('scaleHead');
  // @ts-expect-error -- ResNet has no such option.
  expect(() => createModel('resnet18', { scaleHead: true })).toThrow(/unknown option 'scaleHead'/);
  // @ts-expect-error -- There is no such network.
  expect(() => createModel('resnet19')).toThrow(
    /name: got 'resnet19', takes one of 'mobilenet_v1'/,
  );
});

test('the declarations of options are there for other forms of them', () => {
  expect(listModels().map((name) => [name, ...ownOptions(name).keys])).toEqual(
    expect.arrayContaining([
      ['mobilenet_v1'],
      ['mobilenet_v2', 'scaleHead'],
      ['mobilenet_v3_small', 'widthRule', 'initialStride'],
      ['mobilenet_v3_large', 'widthRule', 'initialStride'],
      ['normal_cnn'],
      ['resnet18'],
    ]),
  );
  expectTypeOf<Given<ReturnType<typeof ownOptions<'mobilenet_v2'>>>>().toEqualTypeOf<{
    readonly scaleHead?: boolean;
  }>();
  expect(architectureOptions.fields.width.fallback).toBe(1);
  for (const name of namedStrides) {
    expect(architectureOptions.fields.strides.takes.check(name, 'strides')).toBe(name);
  }
  const { epsilon, momentum } = normalizationOptions.fields;
  expect(batchNormSpec.fields.epsilon.takes).toBe(epsilon.takes);
  expect(batchNormSpec.fields.momentum.takes).toBe(momentum.takes);
  expect(buildOptions.fields.dropout.takes).toBe(seededDropoutOptions.fields.rate.takes);
});

test.each<[string, () => unknown, RegExp]>([
  [
    'a misspelt option',
    () => createModel('mobilenet_v1', never({ clases: 10 })),
    /createModel\('mobilenet_v1'\): unknown option 'clases', takes classes, inputShape/,
  ],
  [
    'another network’s option',
    () => createModel('mobilenet_v1', never({ widthRule: 'paper' })),
    /unknown option 'widthRule'/,
  ],
  [
    'classes',
    () => createModel('mobilenet_v1', { classes: 0 }),
    /classes: got 0, takes a whole number from 1/,
  ],
  [
    'inputShape',
    () => createModel('mobilenet_v1', { inputShape: [32, 32] }),
    /inputShape: got \[32, 32\], takes \[height, width, channels\], for example \[32, 32, 3\]/,
  ],
  [
    'a length of inputShape',
    () => createModel('mobilenet_v1', { inputShape: [32, 0, 3] }),
    /inputShape: got \[32, 0, 3\]/,
  ],
  ['width', () => createModel('mobilenet_v1', { width: -1 }), /width: got -1/],
  [
    'a width that is no number',
    () => createModel('mobilenet_v1', { width: never('1') }),
    /width: got '1'/,
  ],
  [
    'strides by an unknown name',
    () => createModel('mobilenet_v1', { strides: never('small') }),
    /strides: got 'small', takes one of 'paper', 'stem1', 'cifar', or an array of whole numbers/,
  ],
  ['padding', () => createModel('mobilenet_v1', { padding: never('none') }), /padding: got 'none'/],
  ['dropout', () => createModel('mobilenet_v1', { dropout: 1 }), /dropout: got 1/],
  ['seed', () => createModel('mobilenet_v1', { seed: 0.1 }), /seed: got 0.1/],
  [
    'batchNorm',
    () => createModel('mobilenet_v1', { batchNorm: never(0.1) }),
    /batchNorm: got 0.1, takes an object of options/,
  ],
  [
    'a misspelt setting of batchNorm',
    () => createModel('mobilenet_v1', { batchNorm: never({ decay: 0.9 }) }),
    /batchNorm: unknown option 'decay', takes epsilon, momentum/,
  ],
  [
    'momentum of batchNorm',
    () => createModel('mobilenet_v1', { batchNorm: { momentum: 1.1 } }),
    /batchNorm.momentum: got 1.1, takes a number from 0 to 1/,
  ],
  [
    'epsilon of batchNorm',
    () => createModel('mobilenet_v1', { batchNorm: { epsilon: 0 } }),
    /batchNorm.epsilon: got 0/,
  ],
  [
    'strides',
    () => createModel('mobilenet_v2', { strides: [1, 1] }),
    /strides: got \[1, 1\], takes 8 integers for mobilenet_v2: the stem's and one for each row/,
  ],
  [
    'a stride',
    () => createModel('resnet18', { strides: [1, 1, 2, 2, 0] }),
    /strides: got \[1, 1, 2, 2, 0\], takes one of 'paper', .* or an array of whole numbers from 1/,
  ],
  [
    'scaleHead',
    () => createModel('mobilenet_v2', { scaleHead: never(1) }),
    /scaleHead: got 1, takes true or false/,
  ],
  [
    'widthRule',
    () => createModel('mobilenet_v3_small', { widthRule: never('uniform') }),
    /widthRule: got 'uniform'/,
  ],
  [
    'initialStride',
    () => createModel('mobilenet_v3_small', { initialStride: never(3) }),
    /initialStride: got 3, takes one of 1, 2/,
  ],
  [
    'a network, where its options are asked for',
    () => ownOptions(never('nope')),
    /^name: got 'nope', takes one of 'mobilenet_v1'/,
  ],
  [
    'options that are none',
    () => createModel('mobilenet_v1', never(10)),
    /got 10, takes an object of options/,
  ],
])('%s is refused by name', (_, make, message) => {
  expect(make).toThrow(message);
});

describe('strides', () => {
  const stem = (net: LayersModel): unknown => net.getLayer('stem').getConfig()['stride'];

  test.each<[number[] | undefined, 'cifar' | 'paper']>([
    [undefined, 'cifar'],
    [[64, 64, 3], 'cifar'],
    [[65, 64, 3], 'paper'],
    [[64, 65, 3], 'paper'],
  ])('follow from the size of the pictures: %j, %s', (inputShape, expected) => {
    for (const name of listModels()) {
      const size = inputShape && { inputShape };
      const net = createModel(name, { width: 0.1, ...size, seed: 1 });
      expect(stem(net)).toBe(architecture(name, { strides: expected }).stem.stride ?? 1);
      const noted = modelInfo(net)?.options;
      expect(noted).toEqual({ width: 0.1, ...size, strides: expected, seed: 1 });
      // With what it notes, its like is made.
      const again = createModel(name, noted);
      expect(again.getConfig()).toEqual(net.getConfig());
      net.dispose();
      again.dispose();
    }
  });

  test.each(listModels())('stem1 are those of the paper but for the stem’s (%s)', (name) => {
    const [paper, stem1] = [architecture(name), architecture(name, { strides: 'stem1' })];
    expect(paper).toEqual(architecture(name, { strides: 'paper' }));
    expect(stem1).toEqual({ ...paper, stem: { ...paper.stem, stride: 1 } });
    const all = [1, ...paper.blocks.map(({ stride = 1 }) => stride)];
    expect(architecture(name, { strides: all })).toEqual(stem1);
  });

  test('that were asked for hold at every size', () => {
    expect(architecture('resnet18').stem.stride).toBe(2);
    const small = createModel('resnet18', { width: 0.1, strides: 'paper', inputShape: [8, 8, 3] });
    expect(stem(small)).toBe(2);
    const large = createModel('resnet18', {
      width: 0.1,
      strides: 'cifar',
      inputShape: [65, 65, 3],
    });
    expect(stem(large)).toBe(1);
    const own = createModel('mobilenet_v2', { width: 0.1, strides: [1, 1, 2, 2, 2, 1, 2, 1] });
    expect(modelInfo(own)?.options['strides']).toEqual([1, 1, 2, 2, 2, 1, 2, 1]);
    for (const net of [small, large, own]) net.dispose();
  });
});

describe('a table', () => {
  test('is what the options make of it', () => {
    const v2 = architecture('mobilenet_v2', { strides: 'cifar', width: 0.5 });
    expect(v2.stem).toEqual({ filters: 16, stride: 1 });
    expect(v2.blocks.map(({ filters, stride }) => [filters, stride])).toEqual([
      [8, 1],
      [16, 1],
      [16, 2],
      [32, 2],
      [48, 1],
      [80, 2],
      [160, 1],
    ]);
    expect(v2.head).toEqual({ filters: 1280, start: 'normal' });
    expect(architecture('mobilenet_v2', { width: 0.5, scaleHead: true }).head?.filters).toBe(640);
    expect(architecture('resnet18', { strides: 'cifar' }).stem).toEqual({
      filters: 64,
      kernel: 3,
      stride: 1,
      pool: false,
    });
  });

  test('of MobileNetV3 takes an initial stride of 1, at the first stage that strides', () => {
    const strides = (table: Architecture): (number | undefined)[] =>
      [table.stem, ...table.blocks].map(({ stride }) => stride);
    const options = { strides: 'cifar', initialStride: 1 } as const;
    expect(strides(architecture('mobilenet_v3_small', options))).toEqual([
      1, 1, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1,
    ]);
    expect(strides(architecture('mobilenet_v3_large', options)).slice(0, 5)).toEqual([
      1, 1, 1, 1, 2,
    ]);
    const own = architecture('mobilenet_v3_small', { ...options, strides: Array(12).fill(1) });
    expect(strides(own)).toEqual(Array(12).fill(1));
    const others = { ...options, strides: [1, 2, ...Array(10).fill(1)] } as const;
    expect(() => architecture('mobilenet_v3_small', others)).toThrow(
      'initialStride: got 1 beside strides that give that stage 2, takes one of the two',
    );
    expect(() => createModel('mobilenet_v3_small', { ...options, strides: [1] })).toThrow(
      'strides: got [1], takes 12 integers',
    );
    const paper = architecture('mobilenet_v3_small', { initialStride: 1 });
    expect(strides(paper).slice(0, 3)).toEqual([2, 1, 2]);
  });

  test('of MobileNetV3 keeps stem, ratios and dense layer at other widths, or not', () => {
    const paper = architecture('mobilenet_v3_large', { width: 0.75 });
    expect(paper.stem.filters).toBe(16);
    expect(paper.head).toMatchObject({ filters: 720, units: 1280 });
    expect(paper.blocks[3]).toMatchObject({ filters: 32, expanded: 72 });
    const torchvision = architecture('mobilenet_v3_large', {
      width: 0.75,
      widthRule: 'torchvision',
    });
    expect(torchvision.head).toMatchObject({ filters: 720, units: 960 });
    expect(torchvision.blocks[3]).toMatchObject({ filters: 32, expanded: 56 });
  });

  test('of a user goes through the same builder', () => {
    const mine: Architecture = {
      name: 'mine',
      stem: { filters: 8, stride: 2 },
      blocks: [
        { block: 'conv', filters: 8 },
        { block: 'separable', filters: 16, stride: 2, activation: 'hardSwish' },
        { block: 'inverted', expansion: 3, filters: 16, repeat: 2, squeeze: true },
        { block: 'inverted', expanded: 40, filters: 24, kernel: 5, stride: 2 },
        { block: 'basic', filters: 32 },
      ],
      head: { filters: 64, units: 48, activation: 'relu6' },
    };
    const net = buildModel(mine, { classes: 4, inputShape: [48, 32, 1], dropout: 0.1, seed: 1 });
    expect(net.name).toBe('mine');
    expect(net.layers.map(({ name }) => name)).toEqual([
      'image',
      'stem',
      ...[1, 2, 3, 4, 5, 6].map((i) => `block${i}`),
      'head',
      'pool',
      'hidden',
      'dropout',
      'classifier',
    ]);
    expect((net.predict(zeros([2, 48, 32, 1])) as Tensor).shape).toEqual([2, 4]);
    expect(featureInfo(net).filter((f) => f.stageEnd)).toEqual([
      { name: 'block1', channels: 8, reduction: 2, stageEnd: true },
      { name: 'block4', channels: 16, reduction: 4, stageEnd: true },
      { name: 'head', channels: 64, reduction: 8, stageEnd: true },
    ]);
    // The builder's alone: no strides, by which they are told from createModel's.
    expect(modelInfo(net)).toEqual({
      network: 'mine',
      options: { classes: 4, inputShape: [48, 32, 1], dropout: 0.1, seed: 1 },
    });
    expect(modelCost(net).uncounted).toEqual([]);
  });

  const stem = { filters: 8 };
  test.each<[string, unknown, RegExp]>([
    ['no table', undefined, /architecture: got undefined, takes an object/],
    ['no name', { stem, blocks: [] }, /architecture.name: got undefined/],
    ['no stem', { name: 'a', blocks: [] }, /architecture.stem: got undefined/],
    [
      'no blocks',
      { name: 'a', stem },
      /architecture.blocks: got undefined, takes an array of rows/,
    ],
    ['no filters', { name: 'a', stem: {}, blocks: [] }, /architecture.stem.filters: got undefined/],
    [
      'an unknown block',
      { name: 'a', stem, blocks: [{ block: 'dense', filters: 8 }] },
      /architecture.blocks\[0\].block: got 'dense', takes one of 'conv'/,
    ],
    [
      'a misspelt entry',
      { name: 'a', stem, blocks: [{ block: 'conv', filter: 8 }] },
      /architecture.blocks\[0\]: unknown option 'filter'/,
    ],
    [
      'another block’s entry',
      { name: 'a', stem, blocks: [{ block: 'conv', filters: 8, expansion: 2 }] },
      /unknown option 'expansion'/,
    ],
    [
      'no width',
      { name: 'a', stem, blocks: [{ block: 'inverted', filters: 8 }] },
      /blocks\[0\]: got expansion undefined and expanded undefined, takes exactly one/,
    ],
    [
      'a stride of 0',
      { name: 'a', stem, blocks: [{ block: 'conv', filters: 8, stride: 0 }] },
      /blocks\[0\].stride: got 0/,
    ],
    [
      'a head',
      { name: 'a', stem, blocks: [], head: { filters: 0 } },
      /architecture.head.filters: got 0/,
    ],
    [
      'an activation',
      { name: 'a', stem, blocks: [], activation: 'mish' },
      /architecture.activation: got 'mish'/,
    ],
    [
      'a start',
      { name: 'a', stem, blocks: [], start: 'zeros' },
      /architecture.start: got 'zeros', takes one of 'heNormal', 'heNormalUngrouped', 'uniform', 'dirac'/,
    ],
    [
      'momentum',
      { name: 'a', stem, blocks: [], batchNorm: { epsilon: 1e-3, momentum: 99 } },
      /batchNorm.momentum: got 99/,
    ],
  ])('with %s is refused by the entry’s name', (_, table, message) => {
    expect(() => buildModel(table as Architecture)).toThrow(message);
  });
});

test('the batch normalization asked for is every layer’s, and the table’s where nothing is said', () => {
  const settings = (net: LayersModel): Set<string> => {
    const blocks = net.layers.filter((l) => l instanceof CompositeBlock || l instanceof ConvBnAct);
    const all = blocks.map((layer) => layer.normalization);
    net.dispose();
    return new Set(all.map(({ epsilon, momentum }) => `${epsilon} ${momentum}`));
  };
  const v3 = (batchNorm?: BatchNormSpec): Set<string> =>
    settings(createModel('mobilenet_v3_small', { width: 0.25, ...(batchNorm && { batchNorm }) }));
  expect(v3()).toEqual(new Set(['0.001 0.01']));
  expect(v3({ momentum: 0.1 })).toEqual(new Set(['0.001 0.1']));
  expect(v3({ epsilon: 0.01 })).toEqual(new Set(['0.01 0.01']));
  expect(v3({ epsilon: 0.01, momentum: 1 })).toEqual(new Set(['0.01 1']));
  const v1 = createModel('mobilenet_v1', { width: 0.1, batchNorm: { momentum: 0.2 } });
  expect(modelInfo(v1)?.options.batchNorm).toEqual({ momentum: 0.2 });
  expect(settings(v1)).toEqual(new Set(['0.00001 0.2']));
});

describe('the start of the weights', () => {
  const values = (net: LayersModel, weight: string): Float32Array =>
    net.weights
      .find((w) => w.originalName === weight)
      ?.read()
      .dataSync() as Float32Array;
  const variance = (sample: Float32Array): number =>
    sample.reduce((total, value) => total + value * value, 0) / sample.length;

  // Each variance, from its table's start and fans: depthwise, pointwise (or the first convolution), classifier.
  test.each([
    ['mobilenet_v1', 'block6/depthwise/kernel', 1 / 3 / 9],
    ['mobilenet_v1', 'block6/pointwise/kernel', 1 / 3 / 256],
    ['mobilenet_v1', 'classifier/kernel', 1 / 3 / 1024],
    ['normal_cnn', 'block6/kernel', 1 / 3 / (9 * 256)],
    ['mobilenet_v2', 'block12/depthwise/kernel', 2 / (9 * 576)],
    ['mobilenet_v2', 'block12/project/kernel', 2 / 96],
    ['mobilenet_v3_small', 'block5/depthwise/kernel', 2 / (25 * 240)],
    ['mobilenet_v3_small', 'block5/squeeze_excite/reduce/kernel', 2 / 64],
    ['resnet18', 'block3/conv2/kernel', 2 / (9 * 128)],
  ] as const)('of %s, %s', (name, weight, expected) => {
    const net = createModel(name, { seed: 1 });
    const sample = values(net, weight);
    // Four standard deviations of a normal sample's variance; an even sample's spreads less.
    const bound = 4 * Math.sqrt(2 / sample.length);
    expect(Math.abs(variance(sample) / expected - 1)).toBeLessThan(bound);
    expect(bound).toBeLessThan(0.2);
    net.dispose();
  });

  test('is another one where the table says so', () => {
    const table = architecture('mobilenet_v1', { width: 0.5 });
    const net = buildModel({ ...table, start: 'heNormal' }, { seed: 1 });
    const sample = values(net, 'block6/depthwise/kernel');
    const bound = 4 * Math.sqrt(2 / sample.length);
    expect(Math.abs(variance(sample) / (2 / 9) - 1)).toBeLessThan(bound);
    net.dispose();
  });

  test('of a head of a user’s table holds for both dense layers', () => {
    const table: Architecture = {
      name: 'mine',
      stem: { filters: 64 },
      blocks: [],
      head: { units: 32, start: 'uniform' },
    };
    const net = buildModel(table, { classes: 4, seed: 1 });
    for (const [layer, inputs] of [
      ['hidden', 64],
      ['classifier', 32],
    ] as const) {
      const sample = values(net, `${layer}/kernel`);
      expect(Math.abs(3 * inputs * variance(sample) - 1)).toBeLessThan(0.4);
      expect(values(net, `${layer}/bias`).some((value) => value !== 0)).toBe(true);
    }
    net.dispose();
  });
});
