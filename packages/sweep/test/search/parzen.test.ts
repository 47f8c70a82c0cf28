import { Random } from '@mnet/core/random';
import { describe, expect, it } from 'vitest';
import type { Axis } from '../../src/search/space/axis.ts';
import { rangesFrom } from '../../src/search/space/ranges-from.ts';
import { Space } from '../../src/search/space/space.ts';
import { normalShare, truncatedNormal } from '../../src/search/tpe/normal.ts';
import { ParzenEstimator } from '../../src/search/tpe/parzen.ts';
import golden from './golden/parzen.json' with { type: 'json' };
import { kolmogorovSmirnov } from './statistics.ts';

type Golden = (typeof golden.cases)[number];

/** The place of a value, found by halving: the axis itself only goes the other way. */
function placeOf(axis: Axis, value: unknown, choices: readonly unknown[]): number {
  if (axis.kind === 'choice') return choices.indexOf(value);
  let [low, high] = [0, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (axis.value(middle) < (value as number)) low = middle;
    else high = middle;
  }
  const place = axis.settle(high);
  expect(axis.value(place)).toBeCloseTo(value as number, 12);
  return place;
}

/** How long a part of the axis the oracle's density is of: for one of the axis its length, for a probability the value's cell. */
function lengthOf(axis: Axis, place: number, bounds: readonly number[], kind: string): number {
  if (axis.kind === 'choice') return 1;
  if (axis.cell) {
    const [from, to] = axis.cell(place);
    return 1 / (to - from);
  }
  const [low = 0, high = 0] = bounds;
  return kind === 'logUniform' ? Math.log(high / low) : high - low;
}

function estimatorOf({ ranges, joint, observed }: Golden) {
  const space = new Space(rangesFrom(ranges, 'ranges'));
  const kinds = Object.values(ranges).map(
    (range) => Object.entries(range as object)[0] as [string, never[]],
  );
  const placed = (values: readonly unknown[]): number[] =>
    space.axes.map((axis, i) => placeOf(axis, values[i], kinds[i]?.[1] as never[]));
  const estimator = new ParzenEstimator(space.axes, observed.map(placed), joint);
  return { space, kinds, placed, estimator };
}

const named = golden.cases.map((each) => ({
  ...each,
  name: `${JSON.stringify(each.ranges)}, ${each.observed.length} observations`,
}));

describe.each(named)('the Parzen estimator of $name', (given) => {
  const { space, kinds, placed, estimator } = estimatorOf(given);

  it("has the oracle's densities", () => {
    given.at.forEach((values, i) => {
      const places = placed(values);
      const scale = space.axes.reduce(
        (product, axis, k) =>
          product * lengthOf(axis, places[k] as number, kinds[k]?.[1] ?? [], kinds[k]?.[0] ?? ''),
        1,
      );
      const expected = (given.densities[i] as number) * scale;
      expect(estimator.density(places) / expected).toBeCloseTo(1, 7);
    });
  });

  it('draws what its density says', () => {
    const random = new Random(3);
    const draws = Array.from({ length: 2000 }, () => estimator.draw(random));
    // The mean of 1/density over its own draws is the measure of the space: 1 on a line, the number of values of a choice.
    const measure = space.axes.reduce(
      (all, { kind, size }) => (kind === 'choice' ? all * size : all),
      1,
    );
    const mean =
      draws.reduce((sum, places) => sum + 1 / estimator.density(places), 0) / draws.length;
    expect(mean / measure).toBeGreaterThan(0.85);
    expect(mean / measure).toBeLessThan(1.15);
    for (const places of draws) {
      expect(
        places.every(
          (place, i) =>
            place >= 0 && place <= (space.axes[i]?.kind === 'line' ? 1 : space.axes[i]!.size - 1),
        ),
      ).toBe(true);
    }
  });
});

describe.each(named.filter(({ ranges }) => Object.keys(ranges).length === 1))(
  'the density of $name',
  (given) => {
    const { space, estimator } = estimatorOf(given);
    const axis = space.axes[0] as Axis;

    it('sums to 1 over its range', () => {
      let sum = 0;
      if (axis.kind === 'choice') {
        for (let i = 0; i < axis.size; i++) sum += estimator.density([i]);
      } else if (axis.cell) {
        const seen = new Set<number>();
        for (let i = 0; i < 200_000; i++) seen.add(axis.settle((i + 0.5) / 200_000));
        expect(seen.size).toBe(axis.size);
        for (const place of seen) {
          const [from, to] = axis.cell(place);
          sum += estimator.density([place]) * (to - from);
        }
      } else {
        const steps = 20_000;
        for (let i = 0; i < steps; i++) sum += estimator.density([(i + 0.5) / steps]) / steps;
      }
      expect(sum).toBeCloseTo(1, 6);
    });
  },
);

describe('a Parzen estimator of two axes', () => {
  it('keeps together what was observed together', () => {
    const { axes } = new Space(
      rangesFrom({ x: { uniform: [0, 1] }, y: { uniform: [0, 1] } }, 'ranges'),
    );
    const observed = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? [0.2, 0.2] : [0.8, 0.8]));
    const estimator = new ParzenEstimator(axes, observed, true);
    expect(estimator.density([0.2, 0.2])).toBeGreaterThan(20 * estimator.density([0.2, 0.8]));
    const random = new Random(1);
    const together = Array.from({ length: 1000 }, () => estimator.draw(random)).filter(
      ([x = 0, y = 0]) => x < 0.5 === y < 0.5,
    );
    // All but half of those from the prior.
    expect(together.length).toBeGreaterThan(950);
  });
});

describe('the normal distribution', () => {
  it.each(golden.shares as [number, number, number][])(
    'has from %d to %d the share %d',
    (a, b, share) => {
      expect(Math.abs(normalShare(a, b) / share - 1)).toBeLessThan(2e-9);
      expect(Math.abs(normalShare(-b, -a) / share - 1)).toBeLessThan(2e-9);
    },
  );

  it.each([
    [0, 1],
    [1, 0.3],
    [0.4, 0.05],
  ])('of mean %d and deviation %d is drawn within 0 and 1', (mean, deviation) => {
    const random = new Random(5);
    const draws = Array.from({ length: 4000 }, () => truncatedNormal(random, mean, deviation));
    const to = (x: number): number => normalShare(-mean / deviation, (x - mean) / deviation);
    expect(kolmogorovSmirnov(draws, (x) => to(x) / to(1))).toBeLessThan(1.63);
  });
});
