import {
  boolean,
  callable,
  choice,
  either,
  type Given,
  integer,
  list,
  nested,
  number,
  optional,
  options,
  pick,
  required,
  type Resolved,
  resolve,
  text,
} from '@mnet/core/options';
import { expect, expectTypeOf, test } from 'vitest';

const crop = options({ padding: required(integer({ min: 0 })), fill: optional(number(), 0) });
const declared = options({
  epochs: required(integer({ min: 1 })),
  batchSize: optional(integer({ min: 1 }), 128),
  flip: optional(boolean()),
  crop: optional(nested(crop)),
  strides: optional(either(choice(['paper', 'cifar']), list(integer({ min: 1 }))), 'paper'),
  share: optional(number({ min: 0, max: 1 })),
  width: optional(number({ above: 0, max: 10 })),
  decay: optional(number({ min: 0, below: 1 })),
  run: optional(text("a folder, as in 'runs/a'")),
  onStep: optional(callable<(step: number) => void>('a function of the step')),
});

test('the types follow from the declaration', () => {
  expectTypeOf<Given<typeof declared>>().toEqualTypeOf<{
    readonly epochs: number;
    readonly batchSize?: number;
    readonly flip?: boolean;
    readonly crop?: { readonly padding: number; readonly fill?: number };
    readonly strides?: 'paper' | 'cifar' | readonly number[];
    readonly share?: number;
    readonly width?: number;
    readonly decay?: number;
    readonly run?: string;
    readonly onStep?: (step: number) => void;
  }>();
  expectTypeOf<Resolved<typeof declared>>().toEqualTypeOf<{
    readonly epochs: number;
    readonly batchSize: number;
    readonly flip: boolean | undefined;
    readonly crop: { readonly padding: number; readonly fill: number } | undefined;
    readonly strides: 'paper' | 'cifar' | readonly number[];
    readonly share: number | undefined;
    readonly width: number | undefined;
    readonly decay: number | undefined;
    readonly run: string | undefined;
    readonly onStep: ((step: number) => void) | undefined;
  }>();
});

test('defaults stand for what is left out, and for what is undefined, at every depth', () => {
  expect(resolve(declared, { epochs: 2, flip: undefined, crop: { padding: 4 } }, 'train')).toEqual({
    epochs: 2,
    batchSize: 128,
    flip: undefined,
    crop: { padding: 4, fill: 0 },
    strides: 'paper',
    share: undefined,
    width: undefined,
    run: undefined,
    onStep: undefined,
  });
});

test.each([
  [undefined, 'train: got undefined, takes an object of options'],
  [[], 'train: got [], takes an object of options'],
  [{}, 'epochs: got undefined, takes a whole number from 1'],
  [{ epochs: 1.5 }, 'epochs: got 1.5, takes a whole number from 1'],
  [{ epochs: 1, epoch: 1 }, "train: unknown option 'epoch', takes epochs, batchSize, flip"],
  [{ epochs: 1, flip: 1 }, 'flip: got 1, takes true or false'],
  [{ epochs: 1, crop: 4 }, 'crop: got 4, takes an object of options'],
  [{ epochs: 1, crop: {} }, 'crop.padding: got undefined, takes a whole number from 0'],
  [{ epochs: 1, crop: { pad: 1 } }, "crop: unknown option 'pad', takes padding, fill"],
  [{ epochs: 1, crop: { padding: 1, fill: NaN } }, 'crop.fill: got NaN, takes a finite number'],
  [
    { epochs: 1, strides: 'wide' },
    "strides: got 'wide', takes one of 'paper', 'cifar', or an array, each a whole number from 1",
  ],
  [{ epochs: 1, strides: [1, 0] }, 'strides: got [1, 0], takes one of'],
  [{ epochs: 1, share: 1.1 }, 'share: got 1.1, takes a number from 0 to 1'],
  [{ epochs: 1, width: 0 }, 'width: got 0, takes a number above 0, up to 10'],
  [{ epochs: 1, decay: 1 }, 'decay: got 1, takes a number from 0 to below 1'],
  [{ epochs: 1, run: '' }, "run: got '', takes a folder, as in 'runs/a'"],
  [{ epochs: 1, onStep: 'log' }, "onStep: got 'log', takes a function of the step"],
])('%j is refused by name', (given, message) => {
  expect(() => resolve(declared, given, 'train')).toThrow(message);
});

test('a value that is nested for thousands of levels is quoted by its first three', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(9999)}${']'.repeat(9999)}`);
  expect(() => resolve(declared, { epochs: deep }, 'train')).toThrow(
    'epochs: got [[[an array of 1]]], takes a whole number from 1',
  );
});

const shared = options({ seed: optional(integer()), width: optional(number({ above: 0 }), 1) });
const wider = options({
  ...shared.fields,
  name: required(text()),
  width: optional(shared.fields.width.takes, 2),
});

test('a declaration takes over another one with a default of its own', () => {
  expectTypeOf<Given<typeof wider>>().toEqualTypeOf<{
    readonly name: string;
    readonly seed?: number;
    readonly width?: number;
  }>();
  expect(resolve(wider, { name: 'a' }, 'wider')).toEqual({ seed: undefined, width: 2, name: 'a' });
  expect(() => resolve(wider, { name: 'a', width: 0 }, 'wider')).toThrow(
    'width: got 0, takes a number above 0',
  );
});

test('pick takes what is declared out of an object that has more, and makes up nothing', () => {
  const settings = resolve(wider, { name: 'a', seed: 3 }, 'wider');
  expect(pick(shared, settings)).toEqual({ seed: 3, width: 2 });
  expectTypeOf(pick(shared, settings)).toEqualTypeOf<Resolved<typeof shared>>();
  const given: Given<typeof wider> = { name: 'a', width: 3 };
  expect(pick(shared, given)).toEqual({ width: 3 });
  expectTypeOf(pick(shared, given)).toEqualTypeOf<Given<typeof shared>>();
});
