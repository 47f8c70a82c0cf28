import type { Random } from './xoshiro.ts';

/**
 * A number of the gamma distribution of scale 1, mean and variance `shape`.
 *
 * Source: Marsaglia and Tsang 2000, "A Simple Method for Generating Gamma Variables", ACM TOMS 26(3),
 * https://doi.org/10.1145/358407.358414; shapes below 1 by its section 6
 *
 * @param shape above 0; far below 1 most numbers are too small for a float, and come out as 0
 */
export function gammaValue(random: Random, shape: number): number {
  return Math.exp(logGamma(random, shape));
}

/**
 * A number of the beta distribution, from 0 to 1, with the mean `a / (a + b)`: g / (g + h) of two gamma numbers.
 *
 * @param a above 0
 * @param b above 0
 */
export function betaValue(random: Random, a: number, b: number): number {
  // By their logarithms: of small shapes both numbers may be too small for a float, and their ratio is not.
  const g = logGamma(random, a);
  const h = logGamma(random, b);
  return 1 / (1 + Math.exp(h - g));
}

/** The logarithm of a gamma number. */
function logGamma(random: Random, shape: number): number {
  if (shape < 1) return logGamma(random, shape + 1) + Math.log(positive(random)) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root ** 3;
    if (Math.log(positive(random)) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
      return Math.log(d * v);
    }
  }
}

/** A normal number of mean 0 and deviation 1 (Marsaglia and Bray 1964, the polar method; its second number is left). */
function normal(random: Random): number {
  for (;;) {
    const x = random.between(-1, 1);
    const y = random.between(-1, 1);
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/** A uniform number in (0, 1], whose logarithm is finite. */
function positive(random: Random): number {
  return 1 - random.uniform();
}
