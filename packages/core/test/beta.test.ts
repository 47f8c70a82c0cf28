import { betaValue, gammaValue, Random } from '@mnet/core/random';
import { describe, expect, test } from 'vitest';

const n = 100_000;

/** The means of x, x², … over `n` draws. */
function moments(draw: () => number, powers: readonly number[]): number[] {
  const values = Float64Array.from({ length: n }, draw);
  return powers.map((power) => values.reduce((sum, x) => sum + x ** power, 0) / n);
}

/** Each moment is within five standard errors of what it should be. */
function expectMoments(draw: () => number, moment: (power: number) => number): void {
  const powers = [1, 2, 3];
  moments(draw, powers).forEach((got, i) => {
    const power = powers[i]!;
    const error = Math.sqrt((moment(2 * power) - moment(power) ** 2) / n);
    expect(Math.abs(got - moment(power)), `moment ${power}`).toBeLessThan(5 * error);
  });
}

describe('gammaValue', () => {
  test.each([0.2, 0.9, 1, 2.5, 30])('shape %d: its moments are Π (shape + i)', (shape) => {
    const random = new Random(1, shape);
    expectMoments(
      () => gammaValue(random, shape),
      (power) => Array.from({ length: power }, (_, i) => shape + i).reduce((x, y) => x * y, 1),
    );
  });

  test('of shape 1 it is exponential', () => {
    const random = new Random(2);
    const above = Array.from({ length: n }, () => gammaValue(random, 1)).filter((x) => x > 2);
    const share = Math.exp(-2);
    expect(Math.abs(above.length / n - share)).toBeLessThan(5 * Math.sqrt(share / n));
  });
});

describe('betaValue', () => {
  test.each([
    [0.2, 0.2],
    [1, 1],
    [0.5, 3],
    [8, 2],
  ])('(%d, %d): its moments are Π (a + i) / (a + b + i)', (a, b) => {
    const random = new Random(3, a, b);
    expectMoments(
      () => betaValue(random, a, b),
      (power) =>
        Array.from({ length: power }, (_, i) => (a + i) / (a + b + i)).reduce((x, y) => x * y, 1),
    );
  });

  test('of tiny shapes it is a coin, and never NaN', () => {
    const random = new Random(4);
    const values = Array.from({ length: 2_000 }, () => betaValue(random, 1e-4, 1e-4));
    expect(values.every((x) => x >= 0 && x <= 1)).toBe(true);
    expect(values.filter((x) => x > 0.001 && x < 0.999).length).toBeLessThan(20);
    const ones = values.filter((x) => x > 0.5).length;
    expect(Math.abs(ones - 1_000)).toBeLessThan(5 * Math.sqrt(500));
  });

  test('the same stream gives the same', () => {
    const draws = (seed: number): number[] => {
      const random = new Random(seed);
      return Array.from({ length: 5 }, () => betaValue(random, 0.2, 0.2));
    };
    expect(draws(7)).toEqual(draws(7));
    expect(draws(7)).not.toEqual(draws(8));
  });
});
