import { addN, mul, type Scalar } from '@tensorflow/tfjs-core';
import { show } from '@mnet/core/check';
import type { DistillationSide, TapPair } from './distillation-loss.ts';
import { poolRatio } from './match-size.ts';

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

/** Throws unless each pair's layers give feature maps of which one can be averaged to the other's size. */
export function checkMaps(
  pairs: readonly TapPair[],
  student: DistillationSide,
  teacher: DistillationSide,
): void {
  for (const pair of pairs) {
    const names = [pair.student, pair.teacher] as const;
    poolRatio(student.taps[pair.student] ?? [], teacher.taps[pair.teacher] ?? [], names);
  }
}

/** The sum of the pairs' losses, times a weight. */
export function weightedSum(losses: Scalar[], weight: number): Scalar {
  return mul(addN(losses), weight);
}
