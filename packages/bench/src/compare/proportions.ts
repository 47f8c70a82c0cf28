/** So many standard deviations to either side lie 95 % of a normal variable. */
export const z95 = 1.959964;

/**
 * The interval of a share by Wilson's score, which stays within 0 and 1.
 *
 * Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
 *
 * @param share from 0 to 1, over `count` images
 * @param z standard deviations to either side
 */
export function wilson(share: number, count: number, z: number): [low: number, high: number] {
  const square = z ** 2 / count;
  const middle = (share + square / 2) / (1 + square);
  const half = (z * Math.sqrt((share * (1 - share)) / count + square / (4 * count))) / (1 + square);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/**
 * The interval of `after − before`, two shares of images, by the square-and-add of their Wilson intervals: as of different
 * images, which is wider than need be where they are the same.
 *
 * Source: Newcombe 1998, "Interval Estimation for the Difference Between Independent Proportions", method 10.
 */
export function shareDifference(
  before: { readonly accuracy: number; readonly count: number },
  after: { readonly accuracy: number; readonly count: number },
  z: number,
): [low: number, high: number] {
  const [a, b] = [before, after].map(({ accuracy, count }) => {
    const [low, high] = wilson(accuracy, count, z);
    return { p: accuracy, low, high };
  }) as [Side, Side];
  const difference = b.p - a.p;
  return [
    difference - Math.hypot(b.p - b.low, a.high - a.p),
    difference + Math.hypot(b.high - b.p, a.p - a.low),
  ];
}

interface Side {
  readonly p: number;
  readonly low: number;
  readonly high: number;
}
