import { Random } from '@mnet/core/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test('is xoshiro128**: the values of the reference implementation in C', () => {
  const random = Random.fromState([1, 2, 3, 4]);
  const first = Array.from({ length: 10 }, () => random.next());
  expect(first).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
    4258142804,
  ]);
  for (let i = 0; i < 990; i++) random.next();
  expect(random.next()).toBe(136054147);
});

test('nextInto gives what next gives', () => {
  const one = new Random(5, 6);
  const other = new Random(5, 6);
  const filled = one.nextInto(new Uint32Array(100));
  expect(Array.from(filled)).toEqual(Array.from({ length: 100 }, () => other.next()));
  expect(one.next()).toBe(other.next());
});

test('keys name unrelated streams, also large and negative ones', () => {
  const keys = [[], [0], [1], [0, 0], [0, 1], [1, 0], [-1], [2 ** 32], [2 ** 52 + 1], [2 ** 52]];
  const firsts = keys.map((key) => new Random(...key).next());
  expect(new Set(firsts).size).toBe(keys.length);
  expect(new Random(3, 4).next()).toBe(new Random(3, 4).next());
});

test('streams of neighbouring keys are not correlated', () => {
  const n = 20_000;
  let sum = 0;
  let product = 0;
  let previous = 0;
  for (let i = 0; i < n; i++) {
    const u = new Random(7, i).uniform() - 0.5;
    sum += u;
    product += u * previous;
    previous = u;
  }
  // Within four standard errors of 0.
  expect(Math.abs(sum / n)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
  expect(Math.abs(product / n)).toBeLessThan(4 * (1 / 12 / Math.sqrt(n)));
});

test.each<[string, (random: Random, n: number, draws: number) => Iterable<number>]>([
  ['below', (random, n, draws) => Array.from({ length: draws }, () => random.below(n))],
  ['belowInto', (random, n, draws) => random.belowInto(n, new Uint32Array(draws))],
])('%s is uniform (chi-square) and in range', (_, drawn) => {
  const random = new Random(11);
  for (const n of [2, 9, 10, 1000]) {
    const counts = new Float64Array(n);
    for (const value of drawn(random, n, 100 * n)) counts[value]!++;
    const chi = counts.reduce((sum, c) => sum + (c - 100) ** 2 / 100, 0);
    // Mean n - 1, variance 2 (n - 1): five deviations.
    expect(Math.abs(chi - (n - 1))).toBeLessThan(5 * Math.sqrt(2 * n));
  }
});

test('belowInto draws again where a word would make a number likelier', () => {
  // The words are 11520, 0, 5927040, 70819200: of 0 there is one too many, unless n divides 2^32.
  const filled = (n: number, length: number): number[] =>
    Array.from(Random.fromState([1, 2, 3, 4]).belowInto(n, new Uint32Array(length)));
  expect(filled(1000, 3)).toEqual([0, 1, 16]);
  expect(filled(1024, 4)).toEqual([0, 0, 1, 16]);
});

test.each([0, -3, 1.5, 2 ** 33, Number.NaN])('no number is drawn below %s', (n) => {
  const random = new Random(1);
  expect(() => random.below(n)).toThrow(`n: got ${n}, takes a whole number from 1 to ${2 ** 32}`);
  expect(() => random.belowInto(n, new Uint32Array(1))).toThrow(
    `n: got ${n}, takes a whole number from 1 to ${2 ** 21}`,
  );
});

test('numbers are drawn below the largest bounds, and below 1', () => {
  const random = new Random(1);
  expect(random.below(2 ** 32)).toBe(new Random(1).next());
  expect(random.belowInto(2 ** 21, new Uint32Array(4)).every((each) => each < 2 ** 21)).toBe(true);
  expect([random.below(1), ...random.belowInto(1, new Uint32Array(2))]).toEqual([0, 0, 0]);
});

test('shuffle is a permutation, and every place is as likely', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), fc.maxSafeInteger(), (n, seed) => {
      const order = new Random(seed).shuffle(Int32Array.from({ length: n }, (_, i) => i));
      expect(Array.from(order).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: n }, (_, i) => i),
      );
    }),
    { seed: 1 },
  );
  const places = new Float64Array(25);
  for (let s = 0; s < 5_000; s++) {
    const order = new Random(s).shuffle(Int32Array.of(0, 1, 2, 3, 4));
    for (let i = 0; i < 5; i++) places[5 * i + order[i]!]!++;
  }
  for (const count of places) expect(Math.abs(count - 1_000)).toBeLessThan(5 * Math.sqrt(800));
});
