import { boolean, choice, type Given, optional, options } from '@mnet/core/options';
import { type BuildOptions, featureInfo, modelCost, modelInfo } from '@mnet/models';
import '@tensorflow/tfjs-backend-cpu';
import { setBackend, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, expect, expectTypeOf, test } from 'vitest';
import { modelOf } from '../src/create-model.ts';
import { network } from '../src/networks/network.ts';
import type { ArchitectureOptions, TableOptions } from '../src/networks/table-options.ts';
import { tableOf } from '../src/networks/table.ts';
import { scaleWidth } from '../src/architecture/scale.ts';

beforeAll(() => setBackend('cpu'));

// The file of a new network, whole.
const toy = network({
  architecture: {
    name: 'toy',
    stem: { filters: 16, stride: 2 }, // 224²
    blocks: [
      { block: 'separable', filters: 24, stride: 2 }, // 112²
      { block: 'conv', filters: 32 }, // 56²
    ],
  },
  cifar: { stem: { stride: 1 } },
  options: options({
    /** Whether the last block is twice as wide. */
    wide: optional(boolean(), false),
    /** Which activation. */
    kind: optional(choice(['relu', 'hardSwish']), 'relu'),
  }),
  scaled: (table, { width, wide, kind }) => {
    const blocks = table.blocks.map((row, i) =>
      i === 1 && wide ? { ...row, filters: 2 * row.filters } : row,
    );
    return scaleWidth({ ...table, blocks, activation: kind }, { width });
  },
  names: {},
  pretrained: {},
});
const plain = network({
  ...toy,
  options: options({}),
  scaled: (table, { width }) => scaleWidth(table, { width }),
  pretrained: {},
});
// And a registry, of one line each.
const registry = { toy, plain };

type OptionsOf<Name extends keyof typeof registry> = Given<(typeof registry)[Name]['options']>;

test('the types of its options follow from the registry', () => {
  expectTypeOf<OptionsOf<'toy'>>().toEqualTypeOf<{
    readonly wide?: boolean;
    readonly kind?: 'relu' | 'hardSwish';
  }>();
  expectTypeOf(modelOf<typeof toy.options>)
    .parameter(1)
    .toExtend<BuildOptions & ArchitectureOptions>();
  expectTypeOf<TableOptions<typeof toy.options>>().toHaveProperty('wide');
  expect(registry.toy.options.keys).toEqual(['wide', 'kind']);
});

test('it is built, counted and tapped by the same functions', () => {
  const given = { classes: 3, inputShape: [32, 32, 3], wide: true, width: 2, seed: 1 } as const;
  const model = modelOf(toy, given, 'toy');
  expect((model.predict(zeros([1, 32, 32, 3])) as Tensor).shape).toEqual([1, 3]);
  expect(modelInfo(model)).toEqual({ network: 'toy', options: { ...given, strides: 'cifar' } });
  expect(featureInfo(model).map(({ channels, reduction }) => [channels, reduction])).toEqual([
    [32, 1],
    [48, 2],
    [128, 2],
  ]);
  expect(modelCost(model).uncounted).toEqual([]);
  model.dispose();
});

test('its own options have their defaults and checks, and their places in the errors', () => {
  expect(tableOf(toy, {}, 'toy').activation).toBe('relu');
  expect(tableOf(toy, { kind: 'hardSwish' }, 'toy').activation).toBe('hardSwish');
  expect(tableOf(toy, { strides: [1, 1, 2] }, 'toy').blocks[1]?.stride).toBe(2);
  const refusal =
    (given: object): unknown =>
    () =>
      modelOf(toy, given, "createModel('toy')");
  expect(refusal({ wide: 1 })).toThrow('wide: got 1, takes true or false');
  expect(refusal({ kind: 'gelu' })).toThrow("kind: got 'gelu', takes one of 'relu', 'hardSwish'");
  expect(refusal({ deep: true })).toThrow(
    /^createModel\('toy'\): unknown option 'deep', takes classes, .*, strides, wide, kind, pretrained$/,
  );
  // @ts-expect-error -- The other network has no such option.
  expect(() => modelOf(plain, { wide: true }, 'plain')).toThrow(/unknown option 'wide'/);
});
