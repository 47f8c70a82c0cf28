import { Random } from '@mnet/core/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asha } from '../../src/search/asha/asha.ts';
import { uniform } from '../../src/search/space/ranges.ts';
import { accuracy, type Action, loss, type RunAsk, work } from './workers.ts';

/** Many workers with runs of any length, some of which fail. */
const courses = fc.record({
  trials: fc.integer({ min: 1, max: 60 }),
  minEpochs: fc.integer({ min: 1, max: 3 }),
  reduction: fc.integer({ min: 2, max: 5 }),
  times: fc.integer({ min: 1, max: 40 }),
  slots: fc.integer({ min: 1, max: 12 }),
  failing: fc.constantFrom(0, 0, 0.1, 0.5, 1),
  metric: fc.constantFrom(accuracy, loss),
  seed: fc.nat(),
});

type Course = typeof courses extends fc.Arbitrary<infer T> ? T : never;

function worked({
  trials,
  minEpochs,
  reduction,
  times,
  slots,
  failing,
  metric,
  seed,
}: Course): Action[] {
  const maxEpochs = minEpochs * reduction * times;
  const drawn = ({ trial, untilEpoch = 0 }: RunAsk): Random =>
    new Random(seed, trial.number, untilEpoch);
  return work(
    asha({ ranges: { x: uniform(0, 1) }, trials, minEpochs, maxEpochs, reduction, seed }),
    {
      metric,
      slots,
      seconds: (asked) => -Math.log(1 - drawn(asked).uniform()) * (asked.untilEpoch ?? maxEpochs),
      value(asked) {
        const random = drawn(asked);
        random.next();
        if (random.uniform() < failing) return undefined;
        // Some are equal.
        return Math.round(20 * random.uniform()) / 20;
      },
    },
  );
}

function rungsOf({ minEpochs, reduction, times }: Course): (number | undefined)[] {
  const rungs: (number | undefined)[] = [];
  for (let each = minEpochs; each * reduction <= minEpochs * reduction * times; each *= reduction)
    rungs.push(each);
  return [...rungs, undefined];
}

/** What is known of a rung, counted anew from what was asked and told. */
interface Counted {
  readonly asked: Set<number>;
  readonly values: Map<number, number>;
  told: number;
}

/** Checks each ask of a course against what was told before it. */
function check(course: Course, actions: readonly Action[]): void {
  const epochs = rungsOf(course);
  const rungs = epochs.map((): Counted => ({ asked: new Set(), values: new Map(), told: 0 }));
  const sign = course.metric.goal === 'max' ? 1 : -1;
  let begun = 0;
  for (const { asked, told } of actions) {
    const at = epochs.indexOf((asked ?? told)?.untilEpoch);
    const rung = rungs[at] as Counted;
    if (told) {
      rung.told++;
      if (told.value !== undefined) rung.values.set(told.number, sign * told.value);
      continue;
    }
    const { number } = asked.trial;
    expect(rung.asked.has(number)).toBe(false);
    rung.asked.add(number);
    if (at === 0) {
      expect(number).toBe(begun++);
      continue;
    }
    const below = rungs[at - 1] as Counted;
    const own = below.values.get(number);
    expect(own).toBeDefined(); // it has told a value: what failed is never promoted
    const better = [...below.values.values()].filter((value) => value > (own as number)).length;
    if (better < Math.floor(below.told / course.reduction)) continue;
    // Beyond the rule only where nothing else can come, and none has got to its end.
    expect(begun).toBe(course.trials);
    expect(rungs.every((each) => each === rung || each.asked.size === each.told)).toBe(true);
    expect((rungs.at(-1) as Counted).values.size).toBe(0);
  }
  expect(begun).toBe(course.trials);
  const failed = (rungs[0] as Counted).values.size === 0;
  // One is trained to its end, unless each that was taken further failed at some rung.
  const ended = (rungs.at(-1) as Counted).values.size;
  const lost = rungs
    .slice(0, -1)
    .every((each, i) => [...each.values.keys()].every((number) => rungs[i + 1]?.asked.has(number)));
  expect(ended > 0 || failed || lost).toBe(true);
  // Nothing that the rule promotes is left behind.
  rungs.slice(0, -1).forEach(({ values, told }, i) => {
    const best = [...values]
      .toSorted(([a, x], [b, y]) => y - x || a - b)
      .slice(0, Math.floor(told / course.reduction));
    for (const [number] of best) expect(rungs[i + 1]?.asked.has(number)).toBe(true);
  });
}

describe('asha with many workers', () => {
  it('ends, begins each trial once, and promotes what its rule allows, once', () => {
    fc.assert(
      fc.property(courses, (course) => check(course, worked(course))),
      { seed: 4, numRuns: 400 },
    );
  });

  it('promotes about one in η where results come in any order', () => {
    const actions = worked({
      trials: 400,
      minEpochs: 1,
      reduction: 4,
      times: 16,
      slots: 8,
      failing: 0,
      metric: accuracy,
      seed: 1,
    });
    const runs = (untilEpoch?: number): number =>
      actions.filter(({ asked }) => asked && asked.untilEpoch === untilEpoch).length;
    expect(runs(1)).toBe(400);
    // Those that were promoted before better ones came are more than a quarter by about the square root.
    expect(runs(4)).toBeGreaterThanOrEqual(100);
    expect(runs(4)).toBeLessThan(130);
    expect(runs(16)).toBeGreaterThanOrEqual(25);
    expect(runs(16)).toBeLessThan(45);
  });
});
