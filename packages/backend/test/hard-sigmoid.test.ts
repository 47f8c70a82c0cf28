import '@mnet/backend';
import '@tensorflow/tfjs-layers';
import { activate } from '@mnet/ops';
import {
  add,
  clipByValue,
  grad,
  mul,
  setBackend,
  type Tensor,
  tensor1d,
} from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

beforeAll(async () => {
  await setBackend('mnet');
});

const composed = (x: Tensor): Tensor => mul(clipByValue(add(x, 3), 0, 6), 1 / 6);

/** Numbers about both kinks and far from them, and those whose sum with 3 is rounded to a kink. */
const points = [
  ...Array.from({ length: 801 }, (_, i) => (i - 400) / 100),
  ...[-3, 3].flatMap((kink) => [1e-7, 2e-7, 5e-7].flatMap((d) => [kink - d, kink + d])),
  -0,
  1e-30,
  -3e38,
  3e38,
  Number.NEGATIVE_INFINITY,
  Number.POSITIVE_INFINITY,
  Number.NaN,
];

test('hard sigmoid and its gradient have the bits of their composition', () => {
  const x = tensor1d(points);
  const dy = tensor1d(points.map((_, i) => Math.sin(i)));
  const one = (t: Tensor): Tensor => activate(t, 'hardSigmoid');
  expect([...one(x).dataSync()]).toEqual([...composed(x).dataSync()]);
  expect([...grad(one)(x, dy).dataSync()]).toEqual([...grad(composed)(x, dy).dataSync()]);
});
