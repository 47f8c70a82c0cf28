import { avgPool, type Tensor4D } from '@tensorflow/tfjs-core';

/**
 * Brings two feature maps, [batch, height, width, channels], to one height and width: the larger one is averaged over
 * squares of pixels.
 *
 * @throws if one size is not a whole multiple of the other.
 */
export function matchSize(a: Tensor4D, b: Tensor4D): [Tensor4D, Tensor4D] {
  const [ratio, which] = poolRatio(a.shape.slice(1), b.shape.slice(1));
  const pool = (x: Tensor4D): Tensor4D => (ratio === 1 ? x : avgPool(x, ratio, ratio, 'valid'));
  return which === 'a' ? [pool(a), b] : [a, pool(b)];
}

/** By how much which of two maps, [height, width, channels], must be averaged. */
export function poolRatio(
  a: readonly number[],
  b: readonly number[],
  names: readonly [string, string] = ['the student', 'the teacher'],
): [ratio: number, which: 'a' | 'b'] {
  if (a.length !== 3 || b.length !== 3) {
    throw new TypeError(
      `taps: got ${names[0]} [${a.join(', ')}] and ${names[1]} [${b.join(', ')}], takes feature maps [height, width, channels]`,
    );
  }
  const [large, small, which] =
    (a[0] as number) >= (b[0] as number) ? ([a, b, 'a'] as const) : ([b, a, 'b'] as const);
  const ratio = (large[0] as number) / (small[0] as number);
  if (!Number.isInteger(ratio) || large[1] !== ratio * (small[1] as number)) {
    throw new RangeError(
      `taps: got ${names[0]} [${a.join(', ')}] and ${names[1]} [${b.join(', ')}], takes heights and widths of which one pair is a whole multiple of the other`,
    );
  }
  return [ratio, which];
}
