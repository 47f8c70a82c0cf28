import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/config.ts';
import type { Axis } from '../../src/search/space/axis.ts';
import { NewTrials } from '../../src/search/space/new-trials.ts';
import type { SearchRange, SearchRanges } from '../../src/search/space/range.ts';
import { choice, integer, logInteger, logUniform, uniform } from '../../src/search/space/ranges.ts';
import { Space } from '../../src/search/space/space.ts';
import { chiSquareDeviations, kolmogorovSmirnov } from './statistics.ts';

/** Drawn trials; a second key with many values lets those of the first repeat. */
function drawn(ranges: SearchRanges, count: number, seed = 1): Record<string, Value>[] {
  const all = { ...ranges, 'so that no two are alike': uniform(0, 1) };
  const trials = new NewTrials(new Space(all), seed, count);
  return Array.from({ length: count }, () => trials.draw().trial.values);
}

function numbers(range: SearchRange, count = 4000, seed = 1): number[] {
  return drawn({ x: range }, count, seed).map(({ x }) => x as number);
}

function counts(values: readonly unknown[], of: readonly unknown[]): number[] {
  const found = of.map((each) => values.filter((value) => value === each).length);
  expect(found.reduce((sum, each) => sum + each, 0)).toBe(values.length);
  return found;
}

describe('what is drawn of a range', () => {
  it('of uniform is uniform', () => {
    expect(kolmogorovSmirnov(numbers(uniform(-3, 5)), (x) => (x + 3) / 8)).toBeLessThan(1.63);
  });

  it('of logUniform is uniform in the logarithm, and not itself', () => {
    const values = numbers(logUniform(1e-5, 10));
    expect(kolmogorovSmirnov(values, (x) => Math.log(x / 1e-5) / Math.log(1e6))).toBeLessThan(1.63);
    expect(kolmogorovSmirnov(values, (x) => x / 10)).toBeGreaterThan(20);
  });

  it.each<[string, SearchRange, number[]]>([
    ['integer', integer(-2, 4), [-2, -1, 0, 1, 2, 3, 4]],
    ['integer with a step', integer(16, 64, 16), [16, 32, 48, 64]],
    ['uniform with a step', uniform(0.1, 0.7, 0.1), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]],
  ])('of %s are its values, each as often', (_name, range, values) => {
    const found = counts(numbers(range, 7000), values);
    expect(
      chiSquareDeviations(
        found,
        values.map(() => 7000 / values.length),
      ),
    ).toBeLessThan(4);
  });

  it('of logInteger are whole numbers, as often as the logarithms around them say', () => {
    const values = Array.from({ length: 12 }, (_, i) => i + 1);
    const expected = values.map(
      (n) => (7000 * Math.log((n + 0.5) / (n - 0.5))) / Math.log(12.5 / 0.5),
    );
    expect(
      chiSquareDeviations(counts(numbers(logInteger(1, 12), 7000), values), expected),
    ).toBeLessThan(4);
  });

  it('of choice is each value as often', () => {
    const values = ['a', null, 3, { deep: [1] }];
    const found = drawn({ x: choice(values) }, 4000).map(({ x }) => JSON.stringify(x));
    expect(
      chiSquareDeviations(
        counts(
          found,
          values.map((each) => JSON.stringify(each)),
        ),
        [1000, 1000, 1000, 1000],
      ),
    ).toBeLessThan(4);
  });

  it('is reached at both ends', () => {
    const counted = {
      a: integer(3, 7),
      b: logInteger(1, 9),
      c: uniform(0, 1, 0.1),
      d: logUniform(1e-5, 2),
    };
    const ends = new Space(counted).axes.map((axis) => [axis.value(0), axis.value(1)]);
    expect(ends).toEqual([
      [3, 7],
      [1, 9],
      [0, 1],
      [1e-5, 2],
    ]);
  });

  it('lies within the bounds and is JSON', () => {
    const bounds = fc
      .tuple(
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
      )
      .filter(([low, span]) => low + span > low);
    fc.assert(
      fc.property(bounds, fc.integer(), ([low, span], seed) => {
        const high = low + span;
        const ranges = [uniform(low, high), ...(low > 0 ? [logUniform(low, high)] : [])];
        for (const range of ranges) {
          for (const x of numbers(range, 20, seed)) {
            expect(x).toBeGreaterThanOrEqual(low);
            expect(x).toBeLessThanOrEqual(high);
            expect(Object.is(x, JSON.parse(JSON.stringify(x)))).toBe(true);
          }
        }
        const [axis] = new Space({ x: uniform(low, high) }).axes as [Axis];
        expect(Math.abs((axis.value(0) as number) - low)).toBeLessThan(1e-6 * span);
        expect(Math.abs((axis.value(1) as number) - high)).toBeLessThan(1e-6 * span);
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('of a narrow range still differs', () => {
    for (const range of [uniform(1e6, 1e6 + 1e-3), logUniform(1, 1 + 1e-6)]) {
      expect(new Set(numbers(range, 500)).size).toBeGreaterThan(495);
    }
  });

  it('has no more digits than one reads', () => {
    for (const x of numbers(logUniform(1e-5, 1), 200)) {
      expect(x.toExponential().replace(/e.*|[.-]/g, '').length).toBeLessThanOrEqual(7);
    }
  });

  it('of whole numbers too large to be counted one by one has them all', () => {
    const values = numbers(integer(0, 2 ** 52), 2000);
    expect(values.every(Number.isSafeInteger)).toBe(true);
    expect(values.filter((x) => x % 2 === 1).length).toBeGreaterThan(850);
    expect(kolmogorovSmirnov(values, (x) => x / 2 ** 52)).toBeLessThan(1.63);
  });
});

describe('drawn trials', () => {
  const ranges = { a: uniform(0, 1), b: logUniform(1e-3, 1), c: integer(1, 1000) };

  it('follow from the seed and their number', () => {
    expect(drawn(ranges, 20, 3)).toEqual(drawn(ranges, 20, 3));
    const [one, other] = [drawn(ranges, 20, 3), drawn(ranges, 20, 4)];
    one.forEach((values, i) => expect(values).not.toEqual(other[i]));
    expect(drawn(ranges, 50, 3).slice(0, 20)).toEqual(one);
  });

  it('keep their values where a key is added or the order changes', () => {
    const more = drawn({ z: choice(['x', 'y']), c: ranges.c, b: ranges.b, a: ranges.a }, 20, 3);
    expect(more.map(({ a, b, c }) => ({ a, b, c }))).toEqual(
      drawn(ranges, 20, 3).map(({ a, b, c }) => ({ a, b, c })),
    );
  });

  it('have keys and trials that do not go together', () => {
    const n = 4000;
    const values = drawn({ a: uniform(-1, 1), b: uniform(-1, 1) }, n);
    const mean = (f: (i: number) => number): number =>
      values.reduce((sum, _, i) => sum + f(i), 0) / n;
    const at = (key: string, i: number): number => values[i % n]?.[key] as number;
    // The products' deviation is 1/3, that of their mean 1/(3 √n) = 0.005.
    expect(Math.abs(mean((i) => at('a', i) * at('b', i)))).toBeLessThan(0.02);
    expect(Math.abs(mean((i) => at('a', i) * at('a', i + 1)))).toBeLessThan(0.02);
  });

  it('are all settings, each once, where there are as many', () => {
    const few = { a: choice(['x', 'y', 'z']), b: logInteger(1, 5), c: uniform(0, 0.5, 0.5) };
    const space = new Space(few);
    expect(space.size).toBe(30);
    const trials = new NewTrials(space, 1, 30);
    const seen = Array.from({ length: 30 }, () => JSON.stringify(trials.draw().trial.values));
    expect(new Set(seen).size).toBe(30);
    expect(trials.spent).toBe(true);
  });
});
