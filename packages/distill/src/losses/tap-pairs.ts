import { addN, mul, type Scalar } from '@tensorflow/tfjs-core';
import { type Takes, unfit } from '@mnet/core/options';
import type { DistillationSide, TapPair } from './distillation-loss.ts';
import { poolRatio } from './match-size.ts';

const words = "pairs of layers' names, such as [{ student: 'block_5', teacher: 'layer2_1' }]";

/** At least one pair of layers. */
export const tapPairs: Takes<readonly TapPair[]> = {
  text: words,
  check(value, argument) {
    if (!Array.isArray(value) || value.length === 0 || !value.every(isPair)) {
      throw unfit(value, words, argument);
    }
    return value.map(({ student, teacher }) => ({ student, teacher }));
  },
};

/** Just one pair of layers, in an array. */
export const onePair: Takes<readonly [TapPair]> = {
  text: "one pair of layers' names, such as [{ student: 'head', teacher: 'layer4_1' }]",
  check(value, argument) {
    if (!Array.isArray(value) || value.length !== 1 || !value.every(isPair)) {
      throw unfit(value, onePair.text, argument);
    }
    return tapPairs.check(value, argument) as [TapPair];
  },
};

function isPair(value: unknown): value is TapPair {
  const { student, teacher } = (value ?? {}) as Partial<TapPair>;
  return typeof student === 'string' && typeof teacher === 'string';
}

/** Throws unless each pair's layers give feature maps of which one can be averaged to the other's size. */
export function checkMaps(
  pairs: readonly TapPair[],
  student: DistillationSide,
  teacher: DistillationSide,
): void {
  for (const pair of pairs) {
    const [s, t] = [student.taps[pair.student], teacher.taps[pair.teacher]];
    poolRatio(s as number[], t as number[], [pair.student, pair.teacher]);
  }
}

/** The sum of the pairs' losses, times a weight. */
export function weightedSum(losses: Scalar[], weight: number): Scalar {
  return mul(addN(losses), weight);
}
