import { Random } from '@mnet/core/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asha } from '../../src/search/asha/asha.ts';
import { randomSearch } from '../../src/search/random-search.ts';
import type { Search } from '../../src/search/search.ts';
import { choice, integer, logUniform } from '../../src/search/space/ranges.ts';
import { tpe } from '../../src/search/tpe/tpe.ts';
import { accuracy, replay, type RunAsk, type Work, work } from './workers.ts';

const ranges = { lr: logUniform(1e-4, 1), width: integer(1, 8), rule: choice(['sgd', 'adam']) };
const searches: Record<string, (seed: number) => Search> = {
  randomSearch: (seed) => randomSearch({ ranges, trials: 15, seed }),
  asha: (seed) => asha({ ranges, trials: 15, maxEpochs: 9, reduction: 3, seed }),
  tpe: (seed) => tpe({ ranges, trials: 15, startup: 3, seed }),
  'tpe, multivariate': (seed) => tpe({ ranges, trials: 15, startup: 3, seed, multivariate: true }),
};

/** Workers whose runs take any time and fail now and then. */
function working(seed: number, slots: number): Work {
  const drawn = ({ trial, untilEpoch = 0 }: RunAsk): Random =>
    new Random(seed, trial.number, untilEpoch);
  return {
    metric: accuracy,
    slots,
    seconds: (asked) => drawn(asked).uniform(),
    value: (asked) => (drawn(asked).below(6) === 0 ? undefined : drawn(asked).uniform()),
  };
}

const anyWork = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 6 }));

describe.each(Object.entries(searches))('%s', (_name, make) => {
  it('asks for the same where the same is asked and told, whatever it was asked in vain', () => {
    fc.assert(
      fc.property(
        anyWork,
        fc.array(fc.nat({ max: 3 }), { minLength: 1 }),
        ([seed, slots], vain) => {
          let asks = 0;
          const actions = work(make(seed), {
            ...working(seed, slots),
            // Where it waits or is done, an engine may ask as often as it likes.
            between(searching) {
              for (let i = vain[asks++ % vain.length] as number; i > 0; i--) searching.ask();
            },
          });
          expect(replay(make(seed), accuracy, actions)).toEqual(actions);
          // It may be stopped and gone on with anywhere, in JSON too.
          const stored = JSON.parse(
            JSON.stringify(actions.slice(0, actions.length / 2)),
          ) as typeof actions;
          expect(replay(make(seed), accuracy, stored)).toEqual(stored);
        },
      ),
      { seed: 6, numRuns: 40 },
    );
  });

  it('depends on its seed', () => {
    const values = (seed: number) =>
      work(make(seed), working(1, 1)).flatMap(({ asked }) => (asked ? [asked.trial.values] : []));
    expect(values(1)).toEqual(values(1));
    expect(values(1)).not.toEqual(values(2));
  });

  it('begins its trials, numbered from 0 and no two alike, and then no more', () => {
    const searching = make(3).start(accuracy);
    const seen = new Set<string>();
    for (let number = 0; number < 15; number++) {
      const asked = searching.ask() as RunAsk;
      expect(asked.trial.number).toBe(number);
      expect(Object.keys(asked.trial.values)).toEqual(['lr', 'width', 'rule']);
      seen.add(JSON.stringify(asked.trial.values));
    }
    expect(seen.size).toBe(15);
    expect(searching.ask().kind).not.toBe('run');
  });

  it('takes NaN and infinity as no value', () => {
    const course = (bad: number | undefined) =>
      work(make(5), {
        ...working(5, 3),
        value: (asked) => (asked.trial.number % 4 === 1 ? bad : asked.trial.number),
      }).flatMap(({ asked }) => (asked ? [asked] : []));
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(course(bad)).toEqual(course(undefined));
    }
  });

  it('refuses what it did not ask for', () => {
    const searching = make(3).start(accuracy);
    const asked = searching.ask() as RunAsk;
    const { untilEpoch } = asked;
    const epoch = untilEpoch === undefined ? {} : { untilEpoch };
    const words = 'takes one that was asked for so and has not told';
    expect(() => searching.tell({ number: 1, ...epoch })).toThrow(words);
    expect(() => searching.tell({ number: 0, untilEpoch: 77 })).toThrow(
      `tell: got trial 0 until epoch 77, ${words}`,
    );
    searching.tell({ number: 0, ...epoch, value: 1 });
    expect(() => searching.tell({ number: 0, ...epoch })).toThrow(words);
  });

  it('refuses a metric without a goal', () => {
    expect(() => make(1).start({ name: 'validationLoss' } as never)).toThrow(
      "metric.goal: got undefined, takes one of 'max', 'min'",
    );
  });
});
