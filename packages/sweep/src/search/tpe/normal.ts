import { normalValues, type Random } from '@mnet/core/random';

const root2pi = Math.sqrt(2 * Math.PI);

/** φ(x), the standard normal density. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / root2pi;
}

/**
 * Φ(b) − Φ(a), the share of the standard normal distribution between two numbers, with nine digits also far out and where they are
 * close to each other.
 *
 * Source: Marsaglia 2004, "Evaluating the Normal Distribution", https://doi.org/10.18637/jss.v011.i04: the series of Φ(x) − 1/2; and
 * for the tail Laplace's continued fraction (Abramowitz and Stegun 26.2.14)
 */
export function normalShare(a: number, b: number): number {
  // What is subtracted would be nearly equal.
  if (b - a < 1e-6) return normalDensity((a + b) / 2) * (b - a);
  if (a >= 0) return tail(a) - tail(b);
  if (b <= 0) return tail(-b) - tail(-a);
  return 1 - tail(-a) - tail(b);
}

/** 1 − Φ(x), x from 0. */
function tail(x: number): number {
  if (x < 3) return 0.5 - fromMiddle(x);
  let fraction = x;
  for (let i = 25; i > 0; i--) fraction = x + i / fraction;
  return normalDensity(x) / fraction;
}

/** Φ(x) − 1/2 = φ(x) (x + x³/3 + x⁵/(3·5) + …). */
function fromMiddle(x: number): number {
  let term = x;
  let sum = x;
  for (let i = 3; term > 1e-17 * sum; i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return sum * normalDensity(x);
}

/**
 * A number from 0 to 1 of the normal distribution that ends there.
 *
 * @param mean from 0 to 1
 * @param deviation above 0, to 1: then at least a third of the distribution lies within, and drawing again is cheap
 */
export function truncatedNormal(random: Random, mean: number, deviation: number): number {
  for (;;) {
    for (const value of normalValues(8, deviation, random.next())) {
      const at = mean + value;
      if (at >= 0 && at <= 1) return at;
    }
  }
}
