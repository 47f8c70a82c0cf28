import { median } from '../measure/statistics.ts';
import { type RatioInterval, ratioInterval } from './ratio-interval.ts';

/** More than these are taken together, so that runs that follow each other, which are alike, count once. */
const most = 40;

/**
 * How one list of positive times is to another that was taken apart from it: the Hodges–Lehmann estimate of their ratio and
 * its interval by the rank-sum test, both on logarithms. They assume that both vary in the same way.
 *
 * Source: Hollander, Wolfe and Chicken 2014, "Nonparametric Statistical Methods", 4.2 and 4.3.
 *
 * @param confidence of the interval, between 0 and 1
 */
export function unpairedRatio(
  before: readonly number[],
  after: readonly number[],
  confidence: number,
): RatioInterval {
  const [base, head] = [inParts(before), inParts(after)];
  const differences = base.flatMap((a) => head.map((b) => Math.log(b / a)));
  return ratioInterval(differences, rankSumShares(base.length, head.length), confidence);
}

/** Medians of as many parts of equal length. */
function inParts(times: readonly number[]): readonly number[] {
  if (times.length <= most) return times;
  const edge = (i: number): number => Math.round((i * times.length) / most);
  return Array.from({ length: most }, (_, i) => median(times.slice(edge(i), edge(i + 1))));
}

/** How likely each count of pairs in which the second is smaller is, from 0 to n · m, where neither list is. */
function rankSumShares(n: number, m: number): Float64Array {
  // Row i has those of i and j: the greatest of all is one of the i or one of the j.
  let before: Float64Array[] = Array.from({ length: m + 1 }, () => Float64Array.of(1));
  for (let i = 1; i <= n; i++) {
    const row = [Float64Array.of(1)];
    for (let j = 1; j <= m; j++) {
      const shares = new Float64Array(i * j + 1);
      const greatestOfFirst = before[j] as Float64Array;
      const greatestOfSecond = row[j - 1] as Float64Array;
      for (let u = 0; u < shares.length; u++) {
        const first = u >= j ? (greatestOfFirst[u - j] ?? 0) : 0;
        shares[u] = (i * first + j * (greatestOfSecond[u] ?? 0)) / (i + j);
      }
      row.push(shares);
    }
    before = row;
  }
  return before[m] as Float64Array;
}
