import { integerFrom, numberIn } from '@mnet/core/check';

/**
 * Rounds a channel count to the nearest multiple of `divisor`, at least one multiple, and one multiple up where
 * rounding down would lose more than a tenth.
 *
 * Source: Sandler et al. 2018, "MobileNetV2", in its reference implementation,
 * https://github.com/tensorflow/models/blob/master/research/slim/nets/mobilenet/mobilenet.py
 *
 * @param value a channel count, usually a table's entry times the width multiplier; greater than 0
 * @param divisor default 8
 */
export function makeDivisible(value: number, divisor: number = 8): number {
  numberIn(value, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER, 'value');
  integerFrom(divisor, 1, 'divisor');
  const rounded = Math.max(divisor, Math.floor((value + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * value ? rounded + divisor : rounded;
}
