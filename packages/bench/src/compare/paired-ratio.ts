import { type RatioInterval, ratioInterval } from './ratio-interval.ts';

/**
 * How one list of positive times is to another that was taken in turns with it, pair by pair: the median of
 * `after[i] / before[i]`, and its interval by the sign test, that is between two of these ratios. It assumes nothing of how
 * times vary but that pairs are alike. A machine that changes its speed in the midst of a pair spoils that pair
 * alone, by however much. (The signed-rank test, tried on the same simulated machines, found slow-downs less often.)
 *
 * Source: Hollander, Wolfe and Chicken 2014, "Nonparametric Statistical Methods", 3.5 and 3.6.
 *
 * @param confidence of the interval, between 0 and 1; with less than 6 pairs there is none at 0.95, with less than 8 none at 0.99
 */
export function pairedRatio(
  before: readonly number[],
  after: readonly number[],
  confidence: number,
): RatioInterval {
  const logarithms = before.map((time, i) => Math.log((after[i] as number) / time));
  return ratioInterval(logarithms, signShares(logarithms.length), confidence);
}

/** How likely each count of pairs that are above 1 is, from 0, where no pair differs. */
function signShares(n: number): Float64Array {
  const shares = new Float64Array(n + 1);
  shares[0] = 0.5 ** n;
  for (let k = 1; k <= n; k++) shares[k] = ((shares[k - 1] as number) * (n - k + 1)) / k;
  return shares;
}
