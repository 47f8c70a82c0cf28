import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import {
  add,
  conv2d,
  customGrad,
  grads,
  keep,
  memory,
  mul,
  relu,
  reshape,
  type Scalar,
  scalar,
  setBackend,
  square,
  sub,
  sum,
  type Tensor,
  tensor1d,
  type Tensor4D,
  tensor4d,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { activate, activations, valueAndGradients } from '@mnet/ops';
import { expectValues } from './support.ts';

beforeAll(async () => {
  await setBackend('cpu');
});

test('gradients are those of tf.variableGrads, and nothing leaks', () => {
  const x = tensor4d(
    Array.from({ length: 32 }, (_, i) => Math.sin(i)),
    [2, 4, 4, 1],
  );
  const w = variable(
    tensor4d(
      Array.from({ length: 18 }, (_, i) => Math.cos(i)),
      [3, 3, 1, 2],
    ),
    true,
    'w',
  );
  const b = variable(tensor1d([0.1, -0.2]), true, 'b');
  const loss = (): Scalar => {
    const y = relu(add(conv2d(x, w as unknown as Tensor4D, 1, 'same'), b));
    // A tensor used twice, a reshape, and a subtraction of itself: gradients that must be added or handed through.
    return sum(add(square(y), mul(reshape(y, [2, 4, 4, 2]), sub(y, 0.5))));
  };
  const want = variableGrads(loss, [w, b]);
  const before = memory().numTensors;
  const { value, gradients } = valueAndGradients(loss, [w, b]);
  expect(memory().numTensors).toBe(before + 3);
  expectValues(value, [want.value.dataSync()[0] as number]);
  expectValues(gradients[0] as Tensor, [...want.grads.w!.dataSync()]);
  expectValues(gradients[1] as Tensor, [...want.grads.b!.dataSync()]);
});

test('a loss that throws leaves no tape behind', () => {
  const w = variable(tensor1d([1, 2]), true, 'thrown');
  const before = memory().numTensors;
  expect(() =>
    valueAndGradients(() => {
      sum(square(w));
      throw new Error('stop');
    }, [w]),
  ).toThrow('stop');
  expect(memory().numTensors).toBe(before);
  expect(valueAndGradients(() => sum(square(w)), [w]).gradients).toHaveLength(1);
});

describe('what a gradient hands out and did not make stays its own', () => {
  const constant = tensor1d([5, 6]);
  let once: Tensor | undefined;
  const squared = (x: unknown): Tensor => square(x as Tensor);

  test.each<[string, Parameters<typeof customGrad>[0]]>([
    ['a constant', (x) => ({ value: squared(x), gradFunc: () => constant })],
    [
      'a saved tensor',
      (x, save) => {
        (save as unknown as (tensors: Tensor[]) => void)([constant]);
        return { value: squared(x), gradFunc: (_, [saved]) => saved as Tensor };
      },
    ],
    [
      'a tensor that is made once, and kept',
      (x) => ({
        value: squared(x),
        gradFunc: () => (once ??= keep(tensor1d([5, 6]))),
      }),
    ],
  ])('%s', (_, definition) => {
    const f = customGrad(definition);
    const v = variable(tensor1d([1, 2]));
    // In the middle of the way back, and at its end; each twice.
    const losses = [() => sum(f(mul(v, 3))), () => sum(mul(f(v), 3))] as (() => Scalar)[];
    const left = [...losses, ...losses].map((loss, i) => {
      const { value, gradients } = valueAndGradients(loss, [v]);
      expectValues(gradients[0] as Tensor, i % 2 === 0 ? [15, 18] : [5, 6]);
      for (const each of [value, ...gradients]) each.dispose();
      return memory().numTensors;
    });
    expect(new Set(left).size).toBe(1);
    expectValues(constant, [5, 6]);
  });
});

describe.each<[string, (work: () => void) => void]>([
  ['alone', (work) => work()],
  [
    'within another gradient',
    (work) => void grads((x: Tensor) => (work(), sum(x)))([tensor1d([1])]),
  ],
])("what a loss returns and is another's stays so, %s", (_, run) => {
  test.each<[string, (v: Variable) => Tensor, number, number]>([
    ['a variable', (v) => v, 3, 1],
    ['what it keeps', (v) => keep(square(v)), 9, 6],
  ])('%s', (_name, own, wantedValue, wantedGradient) => {
    const v = variable(scalar(3));
    let owned: Tensor | undefined;
    run(() => {
      const { value, gradients } = valueAndGradients(() => (owned = own(v)) as Scalar, [v]);
      expectValues(value, [wantedValue]);
      expectValues(gradients[0] as Tensor, [wantedGradient]);
      value.dispose();
    });
    expectValues(owned as Tensor, [wantedValue]);
    expectValues(v, [3]);
  });
});

test.each([
  ['nothing', undefined, 'undefined'],
  ['a number', 3, '3'],
  ['a promise', Promise.resolve(1), 'Promise'],
  ['a vector', tensor1d([1, 2]), 'a tensor of shape [2]'],
])('a loss that returns %s is refused by name', (_, given, got) => {
  const w = variable(tensor1d([1, 2]));
  const message = `loss: got one that returns ${got}, takes a function that returns a scalar`;
  const loss = (): Scalar => given as never;
  expect(() => valueAndGradients(loss, [w])).toThrow(message);
  expect(() => grads((x: Tensor) => mul(x, valueAndGradients(loss, [w]).value))([w])).toThrow(
    message,
  );
});

test('what no gradient reaches is named', () => {
  const [w, u] = [
    variable(tensor1d([1, 2]), true, 'used'),
    variable(tensor1d([1]), true, 'unused'),
  ];
  expect(() => valueAndGradients(() => sum(square(w)), [w, u])).toThrow(/no gradient for unused/);
  const loss = (): Scalar => sum(square(w)) as Scalar;
  expect(valueAndGradients(loss, [w, u], { allowUnreached: true }).gradients[1]).toBeNull();
});

/** Φ(z) by Simpson's rule. */
function normalShareBelow(z: number): number {
  const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  const half = z / 2000;
  let share = 0;
  for (let i = 0; i < 1000; i++) {
    const x = 2 * i * half;
    share += ((density(x) + 4 * density(x + half) + density(x + 2 * half)) * half) / 3;
  }
  return 0.5 + share;
}

test('activations agree with their formulas and finite differences', () => {
  const points = [-7, -3.5, -2.9, -1.2, -0.3, 0.4, 1.7, 2.9, 3.6, 5.5, 6.5, 9];
  const formulas: Record<(typeof activations)[number], (z: number) => number> = {
    linear: (z) => z,
    relu: (z) => Math.max(z, 0),
    relu6: (z) => Math.min(Math.max(z, 0), 6),
    hardSigmoid: (z) => Math.min(Math.max(z + 3, 0), 6) / 6,
    hardSwish: (z) => (z * Math.min(Math.max(z + 3, 0), 6)) / 6,
    gelu: (z) => z * normalShareBelow(z),
  };
  for (const name of activations) {
    const f = formulas[name];
    expectValues(activate(tensor1d(points), name), points.map(f));
    const [slope] = grads((z: Tensor) => sum(activate(mul(z, 1), name)))([tensor1d(points)]);
    expectValues(
      slope as Tensor,
      points.map((z) => (f(z + 1e-4) - f(z - 1e-4)) / 2e-4),
      1e-4,
    );
  }
  expect(() => activate(tensor1d([1]), 'swish' as never)).toThrow(
    /activation: got 'swish', takes one of 'linear'/,
  );
});
