import '@mnet/backend';
import {
  avgPool,
  fill,
  mean,
  reshape,
  setBackend,
  sum,
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
  'over leading axes': (x) => mean(x, [0, 1, 2]),
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

describe('a sum of rows of 16 numbers', () => {
  test('adds those of a chunk one after the other, as long as trainings had them', () => {
    tidy(() => {
      const [chunks, rows] = [2, 4096];
      const values = numbers(chunks * rows * 16, 8);
      const x = tensor(values, [chunks * rows, 16]);
      const column = values.filter((_, i) => i % 16 === 5);
      const parts = [column.subarray(0, rows), column.subarray(rows)].map(inTurn);
      expect(sum(x, 0).dataSync()[5]).toBe(inTurn(parts));
    });
  });

  test('is right to their last digits but one where a chunk has more', () => {
    tidy(() => {
      const rows = 64 * (2 ** 15 + 1);
      const values = mean(fill([rows, 16], 0.1), 0).dataSync();
      for (const value of values) expect(Math.abs(value - 0.1)).toBeLessThan(4e-6);
    });
  });
});

function inTurn(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total = Math.fround(total + value);
  return total;
}
