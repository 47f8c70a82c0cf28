import type { Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Largest difference, relative to the largest value, or to 0.1 where all are smaller. */
export function distance(actual: Tensor, expected: readonly number[]): number {
  const values = actual.dataSync();
  expect(values).toHaveLength(expected.length);
  const size = Math.max(0.1, ...expected.map(Math.abs));
  return Math.max(...expected.map((e, i) => Math.abs((values[i] as number) - e))) / size;
}
