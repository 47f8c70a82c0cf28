import { deriveSeed, freshSeed, normalValues, uniformValues } from '@mnet/core/random';
import { expect, test } from 'vitest';

const n = 200_000;

/** The mean of a function of the values. */
function mean(values: Float32Array, of: (x: number) => number): number {
  let sum = 0;
  for (const x of values) sum += of(x);
  return sum / values.length;
}

test('normal values have the moments of the bell, and its tail beyond the ziggurat', () => {
  const values = normalValues(n, 1, 3);
  // Each within five standard errors: the variances of x, x², x³ and x⁴ are 1, 2, 15 and 96.
  const moments = [1, 2, 3, 4].map((power) => mean(values, (x) => x ** power));
  [0, 1, 0, 3].forEach((wanted, i) => {
    const error = Math.sqrt([1, 2, 15, 96][i]! / n);
    expect(Math.abs(moments[i]! - wanted)).toBeLessThan(5 * error);
  });
  // P(|x| > 3.442619855899) = 5.76e-4: 115 of 200,000.
  const beyond = values.filter((x) => Math.abs(x) > 3.442619855899);
  expect(Math.abs(beyond.length - 115.2)).toBeLessThan(5 * Math.sqrt(115.2));
  expect(beyond.some((x) => x < 0) && beyond.some((x) => x > 0)).toBe(true);
});

test('a deviation scales them, and the same seed gives the same', () => {
  const once = normalValues(1000, 1, 7);
  expect(normalValues(1000, 1, 7)).toEqual(once);
  expect(normalValues(1000, 1, 8)).not.toEqual(once);
  expect(normalValues(1000, 4, 7)).toEqual(once.map((x) => 4 * x));
  expect(normalValues(10, 1, 7)).toEqual(once.slice(0, 10));
});

test('uniform values fill their range evenly', () => {
  const values = uniformValues(n, 2, 5);
  expect(values.every((x) => x >= -2 && x < 2)).toBe(true);
  // The variance of x is 4/3, that of x² is 16 · 4/45.
  expect(Math.abs(mean(values, (x) => x))).toBeLessThan(5 * Math.sqrt(4 / 3 / n));
  expect(Math.abs(mean(values, (x) => x * x) - 4 / 3)).toBeLessThan(5 * Math.sqrt(64 / 45 / n));
  expect(uniformValues(10, 2, 5)).toEqual(values.slice(0, 10));
});

test('a derived seed depends on the seed, also beyond 32 bits, and on the name', () => {
  const seeds = [0, 1, -1, 2 ** 32, 2 ** 32 + 1, 2 ** 52].flatMap((seed) =>
    ['', 'a', 'b', 'ab', 'é'].map((name) => deriveSeed(seed, name)),
  );
  expect(new Set(seeds).size).toBe(seeds.length);
  for (const seed of seeds) expect(seed).toBeGreaterThanOrEqual(0);
});

test('fresh seeds differ', () => {
  const seeds = Array.from({ length: 20 }, freshSeed);
  expect(new Set(seeds).size).toBe(20);
  expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)).toBe(true);
});
