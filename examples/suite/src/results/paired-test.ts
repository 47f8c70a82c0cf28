import { summarize } from '@mnet/bench';

/**
 * Student's paired t-test of whether differences come from a distribution around 0: the probability of a mean at least as
 * far from 0, to either side, if they do (Student 1908, "The Probable Error of a Mean"). It takes them to be normally
 * distributed and independent, as differences by seed are.
 *
 * @returns p, from 0 to 1; undefined with fewer than two differences, and where all are the same
 */
export function pairedTest(differences: readonly number[]): number | undefined {
  const n = differences.length;
  if (n < 2) return undefined;
  const { mean, std } = summarize(differences);
  if (std === 0) return undefined;
  return beyond(mean / (std / Math.sqrt(n)), n - 1);
}

/**
 * The probability that t lies further from 0 than this one, by the finite sums that whole degrees of freedom have
 * (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4).
 */
function beyond(t: number, freedom: number): number {
  const angle = Math.atan(Math.abs(t) / Math.sqrt(freedom));
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cos : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k < freedom; k += 2) {
    term *= ((k - 1) / k) * cos * cos;
    sum += term;
  }
  const within = isOdd ? (2 / Math.PI) * (angle + sin * sum) : sin * sum;
  return Math.max(0, 1 - within);
}
