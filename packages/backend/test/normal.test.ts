import '@mnet/backend';
import { batchNormInference } from '@mnet/ops';
import {
  erf,
  ones,
  setBackend,
  type Tensor1D,
  tensor1d,
  tensor4d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

/** Numbers of either sign up to 20, and up to the largest. */
const points = [
  ...Array.from({ length: 4001 }, (_, i) => (i - 2000) / 100),
  -3e38,
  -1e20,
  -50,
  -1e-30,
  -0,
  1e-30,
  50,
  1e20,
  3e38,
];

beforeAll(async () => {
  await setBackend('mnet');
});

/** Φ(z) to some 1e-15: the series of its middle, the continued fraction of its tails. */
function shareBelow(z: number): number {
  if (z > 0) return 1 - shareBelow(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < -5) {
    let fraction = -z;
    for (let k = 60; k > 0; k--) fraction = -z + k / fraction;
    return density / fraction;
  }
  let [sum, term] = [z, z];
  for (let k = 3; k < 200; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + density * sum;
}

/** gelu by the fused kernel. */
function gelu(values: number[]): Float32Array {
  return tidy(() => {
    const x = tensor4d(values, [1, 1, values.length, 1]);
    const one = ones([1]) as Tensor1D;
    const zero = zeros([1]) as Tensor1D;
    const statistics = { mean: zero, variance: one };
    const options = { epsilon: 1e-12, activation: 'gelu' } as const;
    return batchNormInference(x, { gamma: one, beta: zero }, statistics, options).dataSync();
  }) as Float32Array;
}

describe('the normal distribution', () => {
  test('gelu is x · Φ(x), to the precision of its numbers', () => {
    gelu(points).forEach((value, i) => {
      const z = Math.fround(points[i] as number);
      const want = z * shareBelow(z);
      expect(Math.abs(value - want), `gelu(${z})`).toBeLessThan(4e-7 * Math.max(1, Math.abs(z)));
    });
  });

  test('far below 0 nothing is left, and far above nothing is lost', () => {
    expect(gelu([-40, -1e20, -3e38, 40, 1e20])).toEqual(Float32Array.from([-0, -0, -0, 40, 1e20]));
  });

  test('erf errs by less than 4e-7', () => {
    const values = tidy(() => erf(tensor1d(points)).dataSync());
    values.forEach((value, i) => {
      const x = Math.fround(points[i] as number);
      const want = 2 * shareBelow(Math.SQRT2 * x) - 1;
      expect(Math.abs(value - want), `erf(${x})`).toBeLessThan(4e-7);
    });
  });

  test('NaN passes', () => {
    expect(gelu([Number.NaN, 1])[0]).toBeNaN();
    expect(tidy(() => erf(tensor1d([Number.NaN])).dataSync()[0])).toBeNaN();
  });
});
