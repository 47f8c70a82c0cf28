import '@mnet/backend';
import {
  avgPool,
  fill,
  mean,
  reshape,
  setBackend,
  type Tensor,
  tensor,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { numbers } from './compare.ts';

beforeAll(async () => {
  await setBackend('mnet');
});

/** Means over pictures of a size. */
const means: Record<string, (x: Tensor4D, height: number, width: number) => Tensor> = {
  'over inner axes': (x) => mean(x, [1, 2]),
  'over trailing axes': (x, height, width) => mean(reshape(x, [2, height * width]), 1),
  'of a pooling window': (x, height, width) => avgPool(x, [height, width], 1, 'valid'),
};

describe.each(Object.entries(means))('a mean %s', (name, f) => {
  test.each([
    [1024, 1024],
    [517, 333],
    [1, 2 ** 20],
    [2 ** 20, 1],
  ])('of %i × %i numbers is right to their last digits but one', (height, width) => {
    tidy(() => {
      const values = f(fill([2, height, width, 1], 0.1), height, width).dataSync();
      // One after the other they give 0.101.
      for (const value of values) expect(Math.abs(value - 0.1)).toBeLessThan(4e-6);
    });
  });

  test.runIf(name !== 'over trailing axes')('of 1024 adds them one after the other', () => {
    tidy(() => {
      const [height, width] = [64, 16];
      const values = numbers(height * width, 7);
      const x = tensor(values, [1, height, width, 1]) as Tensor4D;
      expect(f(x, height, width).dataSync()[0]).toBe(Math.fround(inTurn(values) / 1024));
    });
  });
});

function inTurn(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum = Math.fround(sum + value);
  return sum;
}
