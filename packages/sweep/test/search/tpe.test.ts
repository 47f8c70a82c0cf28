import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/config.ts';
import { randomSearch } from '../../src/search/random-search.ts';
import type { Search } from '../../src/search/search.ts';
import type { SearchRanges } from '../../src/search/space/range.ts';
import { choice, integer, logInteger, logUniform, uniform } from '../../src/search/space/ranges.ts';
import { goodCount } from '../../src/search/tpe/good-count.ts';
import { type TpeOptions, tpe } from '../../src/search/tpe/tpe.ts';
import { median } from './statistics.ts';
import { accuracy, loss, type RunAsk, work } from './workers.ts';

type Values = Readonly<Record<string, Value>>;
interface Point {
  readonly x: number;
  readonly y: number;
}

interface Problem {
  readonly ranges: SearchRanges;
  /** Its least is 0. */
  readonly error: (values: never) => number;
}

/** Branin's function, above its least: a valley with three lowest places. */
const branin: Problem = {
  ranges: { x: uniform(-5, 10), y: uniform(0, 15) },
  error: ({ x, y }: Point) =>
    (y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6) ** 2 +
    10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) +
    10 -
    0.397887,
};

const ofRule = { sgd: 0, adam: 1, adamw: 1, rmsprop: 2, adagrad: 2, lion: 3 };
/** As settings of a training are: rates, a width, names. */
const mixed: Problem = {
  ranges: {
    lr: logUniform(1e-5, 1),
    decay: logUniform(1e-6, 1),
    width: integer(1, 64),
    rule: choice(Object.keys(ofRule)),
    augment: choice([null, { flip: true }, { crop: { padding: 4 }, flip: true }]),
  },
  error: (values: {
    lr: number;
    decay: number;
    width: number;
    rule: keyof typeof ofRule;
    augment: object | null;
  }) =>
    (Math.log10(values.lr) + 2) ** 2 +
    ((Math.log10(values.decay) + 4) / 2) ** 2 +
    ((values.width - 40) / 16) ** 2 +
    ofRule[values.rule] +
    (values.augment && 'crop' in values.augment ? 0 : 1),
};

function best(search: Search, { error }: Problem, slots = 1): number {
  const of = ({ trial }: RunAsk): number => error(trial.values as never);
  const actions = work(search, { metric: loss, slots, value: of });
  return Math.min(...actions.flatMap(({ asked }) => (asked ? [of(asked)] : [])));
}

const seeds = Array.from({ length: 11 }, (_, seed) => seed);

describe.each([
  ['Branin', branin, 100],
  ['a function of mixed settings', mixed, 60],
] as const)('tpe on %s', (_name, problem, trials) => {
  const { ranges } = problem;
  const random = Array.from({ length: 101 }, (_, seed) =>
    best(randomSearch({ ranges, trials, seed }), problem),
  );

  it.each<[Partial<TpeOptions>, number]>([
    [{}, 1],
    [{}, 8],
    [{ multivariate: true }, 1],
    [{ multivariate: true }, 8],
  ])('with %j finds better than a random search, with %d runs at once', (options, slots) => {
    const found = seeds.map((seed) =>
      best(tpe({ ranges, trials, seed, ...options }), problem, slots),
    );
    // Of many more seeds it is well below a half.
    expect(median(found)).toBeLessThan(0.6 * median(random));
  });
});

describe('tpe', () => {
  it.each([
    [0, 0.1, 0],
    [1, 0.1, 1],
    [10, 0.1, 1],
    [11, 0.1, 2],
    [100, 0.07, 7],
    [250, 0.1, 25],
    [9999, 0.1, 25],
    [8, 1, 8],
  ])('of %d trials with a gamma of %d takes %d as good', (trials, gamma, good) => {
    expect(goodCount(trials, gamma)).toBe(good);
  });

  const ranges = { x: uniform(0, 1), y: uniform(0, 1) };
  const hill = ({ trial: { values } }: RunAsk): number =>
    ((values.x as number) - 0.3) ** 2 + ((values.y as number) - 0.3) ** 2;
  const values = (
    search: Search,
    metric = loss,
    value: (asked: RunAsk) => number | undefined = hill,
  ): Values[] =>
    work(search, { metric, value }).flatMap(({ asked }) => (asked ? [asked.trial.values] : []));

  it('begins with the trials of a random search of the same seed', () => {
    const found = values(tpe({ ranges, trials: 30, seed: 3, startup: 12 }));
    const random = values(randomSearch({ ranges, trials: 30, seed: 3 }));
    expect(found.slice(0, 12)).toEqual(random.slice(0, 12));
    found.slice(12).forEach((each, i) => expect(each).not.toEqual(random[12 + i]));
  });

  it('draws from the ranges until so many have told a value', () => {
    const random = values(randomSearch({ ranges, trials: 30, seed: 3 }));
    const failing = values(tpe({ ranges, trials: 30, seed: 3, startup: 4 }), loss, (asked) =>
      asked.trial.number < 6 ? undefined : hill(asked),
    );
    expect(failing.slice(0, 10)).toEqual(random.slice(0, 10));
    expect(failing[10]).not.toEqual(random[10]);
  });

  it.each<[Partial<TpeOptions>]>([
    [{ candidates: 2 }],
    [{ gamma: 0.5 }],
    [{ multivariate: true }],
    [{ startup: 5 }],
    [{ seed: 1 }],
  ])('heeds %j', (options) => {
    expect(values(tpe({ ranges, trials: 30, ...options }))).not.toEqual(
      values(tpe({ ranges, trials: 30 })),
    );
  });

  it('goes up where the goal is the highest, and down where it is the lowest', () => {
    const mean = (goal: typeof accuracy): number => {
      const found = values(
        tpe({ ranges, trials: 60 }),
        goal,
        ({ trial }) => trial.values.x as number,
      );
      return found.slice(30).reduce((sum, { x }) => sum + (x as number), 0) / 30;
    };
    expect(mean(accuracy)).toBeGreaterThan(0.85);
    expect(mean(loss)).toBeLessThan(0.15);
  });

  it('keeps away from where trials fail', () => {
    const failed = seeds.map((seed) => {
      // Values that tell nothing: only failures do.
      const found = values(tpe({ ranges, trials: 60, seed }), loss, ({ trial }) =>
        (trial.values.x as number) > 0.5 ? undefined : (trial.number * 7919) % 13,
      );
      return found.slice(20).filter(({ x }) => (x as number) > 0.5).length;
    });
    // They are 33 of 40 where those that failed are left out.
    expect(median(failed)).toBeLessThan(12);
  });

  it('goes on where all fail', () => {
    expect(values(tpe({ ranges, trials: 20 }), loss, () => undefined)).toHaveLength(20);
  });

  it('sends runs that are under way at once to different places', () => {
    const nearest = seeds.map((seed) => {
      const searching = tpe({ ranges, trials: 60, seed }).start(loss);
      const ask = (): RunAsk => searching.ask() as RunAsk;
      for (let number = 0; number < 20; number++) searching.tell({ number, value: hill(ask()) });
      const at = Array.from({ length: 16 }, () => ask().trial.values as unknown as Point);
      const distances = at.map(({ x, y }, i) =>
        Math.min(
          ...at.filter((_, j) => j !== i).map((other) => Math.hypot(other.x - x, other.y - y)),
        ),
      );
      return distances.reduce((sum, each) => sum + each, 0) / at.length;
    });
    // It is 0.02 where those under way are left out of the bad ones.
    expect(median(nearest)).toBeGreaterThan(0.1);
  });

  it('tries each of few settings once', () => {
    const few = { a: choice(['x', 'y', 'z']), b: logInteger(1, 3), c: uniform(0, 1, 0.5) };
    for (const multivariate of [false, true]) {
      const found = values(
        tpe({ ranges: few, trials: 27, startup: 5, multivariate }),
        loss,
        ({ trial }) => trial.values.b as number,
      );
      expect(new Set(found.map((each) => JSON.stringify(each))).size).toBe(27);
    }
  });
});
