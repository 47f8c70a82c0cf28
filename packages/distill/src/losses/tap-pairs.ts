import { addN, mul, type Scalar } from '@tensorflow/tfjs-core';
import { show } from '@mnet/core/check';
import type { TapPair } from './distillation-loss.ts';

/** Checks a list of pairs of layers, and copies it. */
export function tapPairs(taps: unknown): TapPair[] {
  const isPair = (pair: unknown): boolean => {
    const { student, teacher } = (pair ?? {}) as Partial<TapPair>;
    return typeof student === 'string' && typeof teacher === 'string';
  };
  if (!Array.isArray(taps) || taps.length === 0 || !taps.every(isPair)) {
    throw new TypeError(
      `taps: got ${show(taps)}, takes pairs of layers' names, such as [{ student: 'block_5', teacher: 'layer2_1' }]`,
    );
  }
  return taps.map(({ student, teacher }: TapPair) => ({ student, teacher }));
}

/** The sum of the pairs' losses, times a weight. */
export function weightedSum(losses: Scalar[], weight: number): Scalar {
  return mul(addN(losses), weight);
}
