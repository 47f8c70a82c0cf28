import { Random } from '@mnet/core/random';
import { describe, expect, it } from 'vitest';
import { factorsOf, type Values } from '../../src/report/factors.ts';
import { forestShares } from '../../src/report/importance/forest-shares.ts';
import { importanceOf } from '../../src/report/importance/importance.ts';
import { regressionTree } from '../../src/report/importance/regression-tree.ts';
import type { Importance, Outcome } from '../../src/report/importance/shares.ts';
import { treeVariances } from '../../src/report/importance/tree-variances.ts';

/** Each combination of the values, with what `f` makes of it, from each of the seeds. */
function grid(
  axes: Readonly<Record<string, readonly (number | string)[]>>,
  f: (values: Record<string, number>, seed: number) => number,
  seeds = 1,
): Outcome[] {
  const cells = Object.entries(axes).reduce<Record<string, number | string>[]>(
    (all, [key, values]) =>
      all.flatMap((cell) => values.map((value) => ({ ...cell, [key]: value }))),
    [{}],
  );
  return cells.map((values) => ({
    values,
    reached: Array.from({ length: seeds }, (_, seed) => f(values as Record<string, number>, seed)),
  }));
}

/** Settings drawn evenly from 0 to 1 in each key. */
function drawn(
  n: number,
  keys: readonly string[],
  f: (values: Record<string, number>) => number,
  seed = 1,
): Outcome[] {
  const random = new Random(seed);
  return Array.from({ length: n }, () => {
    const values = Object.fromEntries(keys.map((key) => [key, random.uniform()]));
    return { values, reached: [f(values)] };
  });
}

function told(outcomes: readonly Outcome[]): Importance {
  const found = importanceOf(outcomes, factorsOf(outcomes));
  if (typeof found === 'string') throw new Error(found);
  return found;
}

const forest = (outcomes: readonly Outcome[]): Importance =>
  forestShares(outcomes, factorsOf(outcomes));

/** The shares by their keys. */
function sharesOf({ shares }: Importance): Record<string, number> {
  return Object.fromEntries(shares.map(({ keys, share }) => [keys.join(), share]));
}

describe('of a whole grid', () => {
  it('is exact for sums', () => {
    const found = told(grid({ x: [0, 1, 2], y: [0, 1, 2] }, ({ x = 0, y = 0 }) => 3 * x + y));
    expect(found).toMatchObject({ method: 'grid', settings: 9 });
    const shares = sharesOf(found);
    expect(shares.x).toBeCloseTo(0.9, 12);
    expect(shares.y).toBeCloseTo(0.1, 12);
    expect(shares['x,y']).toBeCloseTo(0, 12);
    expect(found.rest).toBeCloseTo(0, 12);
  });

  it('gives a pair what its keys do together alone', () => {
    const values = { x: [-1, 1], y: [-1, 1], z: [-1, 1] };
    const shares = sharesOf(told(grid(values, ({ x = 0, y = 0, z = 0 }) => 2 * x * y + z)));
    expect(shares['x,y']).toBeCloseTo(0.8, 12);
    expect(shares.z).toBeCloseTo(0.2, 12);
    expect(shares.x).toBeCloseTo(0, 12);
    const three = told(grid(values, ({ x = 0, y = 0, z = 0 }) => x * y * z));
    expect(three.rest).toBeCloseTo(1, 12);
  });

  it('takes words as they are, and adds up to 1 with what the seeds do', () => {
    const found = told(
      grid(
        { optimizer: ['sgd', 'adam'], lr: [1, 2, 3] },
        ({ lr = 0, optimizer }, seed) => lr ** 2 + (String(optimizer) === 'sgd' ? lr : 0) + seed,
        3,
      ),
    );
    // The seeds are 0, 1, 2: a variance of 2/3 within each setting.
    const between = [1 + 1, 4 + 2, 9 + 3, 1, 4, 9];
    const mean = between.reduce((a, b) => a + b) / 6;
    const variance = between.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 6;
    expect(found.seeds).toBeCloseTo(2 / 3 / (variance + 2 / 3), 12);
    const all = found.shares.reduce((sum, { share }) => sum + share, 0);
    expect(all + found.rest + (found.seeds ?? 0)).toBeCloseTo(1, 12);
  });

  it('says what comes by chance: of noise alone the keys get that, on the average', () => {
    const random = new Random(7);
    const sums = { share: 0, chance: 0, pair: 0, pairChance: 0 };
    const times = 400;
    for (let i = 0; i < times; i++) {
      const { shares } = told(
        grid({ a: [1, 2, 3, 4], b: [1, 2, 3] }, () => random.uniform() + random.uniform(), 2),
      );
      const a = shares.find(({ keys }) => keys.join() === 'a');
      const pair = shares.find(({ keys }) => keys.join() === 'a,b');
      sums.share += (a?.share ?? 0) / times;
      sums.chance += (a?.chance ?? 0) / times;
      sums.pair += (pair?.share ?? 0) / times;
      sums.pairChance += (pair?.chance ?? 0) / times;
    }
    expect(sums.share).toBeCloseTo(3 / 23, 1);
    expect(Math.abs(sums.share - sums.chance)).toBeLessThan(0.02);
    expect(Math.abs(sums.pair - sums.pairChance)).toBeLessThan(0.03);
  });

  it('does not say it where nothing repeats', () => {
    const { shares } = told(grid({ x: [0, 1], y: [0, 1] }, ({ x = 0, y = 0 }) => x + 2 * y));
    expect(shares.every(({ chance }) => chance === undefined)).toBe(true);
    const five = [0, 1, 2, 3, 4];
    const enough = told(grid({ x: five, y: five }, ({ x = 0, y = 0 }) => x + 2 * y + x * y));
    expect(enough.shares.map(({ keys, chance }) => [keys.length, chance !== undefined])).toEqual([
      [1, true],
      [1, true],
      [2, false],
    ]);
  });
});

describe('of drawn settings', () => {
  // V(3x + y) on the unit square: 9/12 and 1/12.
  it('comes near the closed form of a sum', () => {
    const found = told(drawn(200, ['x', 'y', 'z'], ({ x = 0, y = 0 }) => 3 * x + y));
    expect(found).toMatchObject({ method: 'forest', settings: 200 });
    expect(found.unseen).toBeGreaterThan(0.95);
    const shares = sharesOf(found);
    expect(Math.abs((shares.x ?? 0) - 0.9)).toBeLessThan(0.05);
    expect(Math.abs((shares.y ?? 0) - 0.1)).toBeLessThan(0.05);
    expect(shares.z).toBeLessThan(0.02);
    expect(found.shares.map(({ keys }) => keys.join()).slice(0, 3)).toEqual(['x', 'y', 'z']);
  });

  // V(12 (x − ½)(y − ½) + 2x): 1/3 of x alone, 1 of both together.
  it('comes near that of an interaction', () => {
    const f = ({ x = 0, y = 0 }): number => 12 * (x - 0.5) * (y - 0.5) + 2 * x;
    const shares = sharesOf(told(drawn(300, ['x', 'y', 'z'], f)));
    expect(Math.abs((shares.x ?? 0) - 0.25)).toBeLessThan(0.1);
    expect(Math.abs((shares['x,y'] ?? 0) - 0.75)).toBeLessThan(0.15);
    expect((shares.y ?? 0) + (shares.z ?? 0)).toBeLessThan(0.08);
  });

  // Four words at 0, 1, 2, 3 have a variance of 5/4, beside 1/12 of x.
  it('splits words, which have no order', () => {
    const random = new Random(3);
    const outcomes = Array.from({ length: 150 }, (): Outcome => {
      const [word, x] = [random.below(4), random.uniform()];
      return { values: { c: 'qspr'[word] as string, x }, reached: [word + x] };
    });
    const shares = sharesOf(told(outcomes));
    expect(Math.abs((shares.c ?? 0) - 15 / 16)).toBeLessThan(0.03);
    expect(Math.abs((shares.x ?? 0) - 1 / 16)).toBeLessThan(0.03);
  });

  it('looks at rates by their ratios, which were drawn so', () => {
    const random = new Random(4);
    const outcomes = Array.from({ length: 120 }, (): Outcome => {
      const [lr, momentum] = [10 ** random.between(-5, 0), random.uniform()];
      return { values: { lr, momentum }, reached: [Math.log10(lr) + momentum] };
    });
    expect(factorsOf(outcomes).map(({ key, log }) => [key, log])).toEqual([
      ['lr', true],
      ['momentum', false],
    ]);
    // V: 25/12 and 1/12.
    expect(Math.abs((sharesOf(told(outcomes)).lr ?? 0) - 25 / 26)).toBeLessThan(0.04);
  });

  it('gives equal shares for equal settings', () => {
    const outcomes = drawn(40, ['x', 'y'], ({ x = 0, y = 0 }) => x * y);
    expect(forest(outcomes)).toEqual(forest(structuredClone(outcomes)));
  });

  it('takes keys that some settings lack, and values of several kinds', () => {
    const outcomes = Array.from({ length: 30 }, (_, i): Outcome => {
      const values: Values = {
        ...(i % 3 > 0 && { decay: i % 2 }),
        net: [{ name: 'a' }, null, 'b'][i % 3] as Values[string],
      };
      return { values, reached: [i % 3] };
    });
    expect(factorsOf(outcomes).map(({ kind, levels }) => [kind, levels.length])).toEqual([
      ['words', 3],
      ['words', 3],
    ]);
    const { shares } = forest(outcomes);
    for (const { share } of shares) expect(share).toBeGreaterThanOrEqual(0);
  });
});

describe('is not told', () => {
  const words = (outcomes: readonly Outcome[]): unknown =>
    importanceOf(outcomes, factorsOf(outcomes));

  it('of noise, however many settings there are', () => {
    for (const [i, n] of [12, 40, 150].entries()) {
      const random = new Random(i);
      expect(words(drawn(n, ['x', 'y', 'z'], () => random.uniform()))).toMatch(
        /^It cannot be told from these \d+ settings: .* \(R² −?\d\.\d\d\)\.$/,
      );
    }
  });

  it('of too little', () => {
    expect(words([])).toBe('Fewer than two settings have a result.');
    expect(
      words([
        { values: { x: 1 }, reached: [1] },
        { values: { x: 2 }, reached: [] },
      ]),
    ).toBe('Fewer than two settings have a result.');
    expect(words(grid({ x: [1, 2], y: [1, 2] }, () => 0.5))).toBe('All runs reached the same.');
    expect(words(grid({ x: [1, 2, 3] }, ({ x = 0 }) => x))).toBe(
      'One key was varied, from one seed: all that differs comes with it.',
    );
    expect(words(drawn(4, ['x', 'y'], ({ x = 0 }) => x))).toBe(
      '4 settings that are no whole grid are too few to tell their keys apart.',
    );
  });
});

describe('treeVariances', () => {
  const directions = ['x', 'y'].map((key) => ({ key, place: Number }));

  it('is exact for boxes whose variances are known', () => {
    // 1 where x is above ½ and y above ¾, else 0: the marginals are 0, ¼ and 0, ½.
    const leaves = [
      {
        value: 0,
        box: [
          { from: 0, to: 0.5 },
          { from: 0, to: 1 },
        ],
      },
      {
        value: 0,
        box: [
          { from: 0.5, to: 1 },
          { from: 0, to: 0.75 },
        ],
      },
      {
        value: 1,
        box: [
          { from: 0.5, to: 1 },
          { from: 0.75, to: 1 },
        ],
      },
    ];
    const { total, alone, pairs } = treeVariances(leaves, directions);
    const [x, y] = [0.5 * 0.25 ** 2 - 0.125 ** 2, 0.25 * 0.5 ** 2 - 0.125 ** 2];
    expect(total).toBeCloseTo(0.125 - 0.125 ** 2, 12);
    expect(alone[0]).toBeCloseTo(x, 12);
    expect(alone[1]).toBeCloseTo(y, 12);
    expect(pairs[0]?.[0]).toBeCloseTo(total - x - y, 12);
  });

  // Ishigami and Homma 1990 with a = 7, b = 0.1: 0.314, 0.442, 0 alone, 0.244 of the first and the third together.
  it('finds the closed form of a function that is cut into small boxes', () => {
    const cuts = Array.from({ length: 16 }, (_, i) => ({ from: i / 16, to: (i + 1) / 16 }));
    const angle = ({ from, to }: { from: number; to: number }): number => Math.PI * (from + to - 1);
    const leaves = cuts.flatMap((x) =>
      cuts.flatMap((y) =>
        cuts.map((z) => {
          const [a, b, c] = [angle(x), angle(y), angle(z)];
          const value = Math.sin(a) + 7 * Math.sin(b) ** 2 + 0.1 * c ** 4 * Math.sin(a);
          return { value, box: [x, y, z] };
        }),
      ),
    );
    const of = ['x', 'y', 'z'].map((key) => ({ key, place: Number }));
    const { total, alone, pairs } = treeVariances(leaves, of);
    const shares = [...alone, ...pairs.flat()].map((variance) => variance / total);
    for (const [i, share] of [0.314, 0.442, 0, 0, 0.244, 0].entries()) {
      expect(Math.abs((shares[i] ?? Number.NaN) - share)).toBeLessThan(0.02);
    }
  });

  it('adds up to the whole for trees of two directions', () => {
    const random = new Random(9);
    const samples = Array.from({ length: 60 }, () => {
      const places = [random.uniform(), random.uniform()];
      return { places, value: Math.sin(9 * (places[0] as number)) * (places[1] as number) };
    });
    const leaves = regressionTree(samples, directions, random);
    expect(leaves.length).toBeGreaterThan(10);
    const volume = leaves.reduce(
      (sum, { box }) =>
        sum +
        box.reduce(
          (product, region) => product * ('words' in region ? 0 : region.to - region.from),
          1,
        ),
      0,
    );
    expect(volume).toBeCloseTo(1, 12);
    const { total, alone, pairs } = treeVariances(leaves, directions);
    expect((alone[0] ?? 0) + (alone[1] ?? 0) + (pairs[0]?.[0] ?? 0)).toBeCloseTo(total, 12);
  });
});
