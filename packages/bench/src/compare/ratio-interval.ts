import { median } from '../measure/statistics.ts';

/** A ratio and how far it is known. */
export interface RatioInterval {
  readonly ratio: number;
  /** Ends of the interval; 0 and Infinity where there is too little to give one with this confidence. */
  readonly low: number;
  readonly high: number;
}

/**
 * The middle of logarithms of ratios, and the interval of a test that counts how many of them are on either side.
 *
 * @param logarithms in any order
 * @param shares how likely each count is, from 0, where there is no difference
 * @param confidence of the interval, between 0 and 1
 */
export function ratioInterval(
  logarithms: readonly number[],
  shares: Float64Array,
  confidence: number,
): RatioInterval {
  const sorted = logarithms.toSorted((a, b) => a - b);
  const left = leftOut(shares, confidence);
  const ratio = Math.exp(median(sorted));
  if (left < 0) return { ratio, low: 0, high: Number.POSITIVE_INFINITY };
  return {
    ratio,
    low: Math.exp(sorted[left] as number),
    high: Math.exp(sorted[sorted.length - 1 - left] as number),
  };
}

/** How many at either end an interval of this confidence leaves out; −1: it would need more than there are. */
function leftOut(shares: Float64Array, confidence: number): number {
  const tail = (1 - confidence) / 2;
  let sum = 0;
  return shares.findIndex((share) => (sum += share) > tail) - 1;
}
