import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '@mnet/core/random';
import { pairedRatio, unpairedRatio } from '@mnet/bench';
import { shareDifference, wilson } from '../src/compare/proportions.ts';
import { gauss } from './gauss.ts';

const times = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.double({ min: 0.1, max: 100, noNaN: true }), {
    minLength: length,
    maxLength: length,
  });
const pairs = fc.integer({ min: 1, max: 12 }).chain((n) => fc.tuple(times(n), times(n)));
const lists = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([n, m]) => fc.tuple(times(n), times(m)));

describe.each([
  ['pairedRatio', pairedRatio, pairs],
  ['unpairedRatio', unpairedRatio, lists],
] as const)('%s', (_, ratioOf, lists_) => {
  it('lies within its interval, and is turned over where the lists change places', () => {
    fc.assert(
      fc.property(lists_, ([before, after]) => {
        const { ratio, low, high } = ratioOf(before, after, 0.9);
        expect(low).toBeLessThanOrEqual(ratio);
        expect(high).toBeGreaterThanOrEqual(ratio);
        const turned = ratioOf(after, before, 0.9);
        expect(turned.ratio).toBeCloseTo(1 / ratio, 9);
        if (low > 0) expect(turned.high).toBeCloseTo(1 / low, 6);
      }),
    );
  });

  it('grows with the factor of all times, and knows no unit', () => {
    fc.assert(
      fc.property(lists_, fc.double({ min: 0.5, max: 2, noNaN: true }), ([before, after], by) => {
        const plain = ratioOf(before, after, 0.9);
        const scaled = (list: readonly number[]): number[] => list.map((time) => time * by);
        expect(ratioOf(before, scaled(after), 0.9).ratio / plain.ratio).toBeCloseTo(by, 9);
        expect(ratioOf(scaled(before), scaled(after), 0.9).ratio).toBeCloseTo(plain.ratio, 9);
      }),
    );
  });

  it('is narrower with less confidence', () => {
    fc.assert(
      fc.property(lists_, ([before, after]) => {
        const [wide, narrow] = [0.95, 0.6].map((confidence) => ratioOf(before, after, confidence));
        expect(narrow?.low).toBeGreaterThanOrEqual(wide?.low ?? 0);
        expect(narrow?.high).toBeLessThanOrEqual(wide?.high ?? 0);
      }),
    );
  });

  it('holds the true ratio as often as it says', () => {
    const random = new Random(7);
    let held = 0;
    const trials = 600;
    for (let i = 0; i < trials; i++) {
      const draw = (by: number): number[] =>
        Array.from({ length: 9 }, () => by * Math.exp(0.1 * gauss(random)));
      const { low, high } = ratioOf(draw(1), draw(1.3), 0.9);
      if (low <= 1.3 && high >= 1.3) held++;
    }
    // Exact tests of few values hold a little more than they say; 4 standard errors below is a mistake.
    expect(held / trials).toBeGreaterThan(0.9 - 4 * Math.sqrt((0.9 * 0.1) / trials));
    expect(held / trials).toBeLessThan(0.97);
  });
});

describe('the intervals', () => {
  it('are those of the exact tests', () => {
    // Six pairs: the sign test leaves out nothing at 95 %, since 2 · 1/64 is less than 5 %, and 2 · 7/64 more.
    const before = [1, 1, 1, 1, 1, 1];
    const after = [2, 3, 4, 5, 6, 7];
    const paired = pairedRatio(before, after, 0.95);
    expect(paired.low).toBeCloseTo(2, 12);
    expect(paired.high).toBeCloseTo(7, 12);
    expect(pairedRatio(before.slice(1), after.slice(1), 0.95)).toMatchObject({
      low: 0,
      high: Number.POSITIVE_INFINITY,
    });
    // R: wilcox.test(log(c(1.1,1.2,1.3,1.4)), log(c(1,2,3,4)), conf.int = TRUE, exact = TRUE) leaves out the extremes alone.
    const apart = unpairedRatio([1.1, 1.2, 1.3, 1.4], [1, 2, 3, 4], 0.95);
    expect(apart.low).toBeCloseTo(1 / 1.4, 12);
    expect(apart.high).toBeCloseTo(4 / 1.1, 12);
    expect(unpairedRatio([1, 2, 3], [1, 2, 3], 0.95).low).toBe(0);
  });

  it('take many runs in parts, so that they count less than they are', () => {
    const random = new Random(3);
    const runs = Array.from({ length: 4000 }, () => 1 + 0.1 * random.uniform());
    const { low, high } = unpairedRatio(runs, runs.toReversed(), 0.95);
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
  });
});

describe('shares', () => {
  it('have intervals within 0 and 1 that hold them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, p) => {
          const [low, high] = wilson(p, n, 1.96);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(p + 1e-12);
          expect(high).toBeGreaterThanOrEqual(p - 1e-12);
        },
      ),
    );
  });

  it('differ as Newcombe has it (1998, table II: 56/70 and 48/80, method 10)', () => {
    const [low, high] = shareDifference(
      { accuracy: 48 / 80, count: 80 },
      { accuracy: 56 / 70, count: 70 },
      1.959964,
    );
    expect(low).toBeCloseTo(0.0524, 4);
    expect(high).toBeCloseTo(0.3339, 4);
  });
});
