import { describe, expect, it } from 'vitest';
import { asha } from '../../src/search/asha/asha.ts';
import { randomSearch } from '../../src/search/random-search.ts';
import type { Ask, Searching } from '../../src/search/search.ts';
import { logUniform, uniform } from '../../src/search/space/ranges.ts';
import { median } from './statistics.ts';
import { accuracy, type Action, loss, type RunAsk, work } from './workers.ts';

const ranges = { lr: logUniform(1e-4, 1), momentum: uniform(0, 1) };

/** `3→9`: trial 3 until epoch 9. */
function short(asked: Ask): string {
  if (asked.kind !== 'run') return asked.kind;
  return `${asked.trial.number}→${asked.untilEpoch ?? 'end'}`;
}

/** The runs of a course. */
function shorts(actions: readonly Action[]): string {
  return actions.flatMap(({ asked }) => (asked ? [short(asked)] : [])).join(' ');
}

function asks(searching: Searching, count: number): string[] {
  return Array.from({ length: count }, () => short(searching.ask()));
}

describe('asha', () => {
  // By hand: rungs at 1 and 3, and the end; η = 3.
  const atOne = [0.5, 0.4, 0.3, 0.6, 0.2, 0.7, 0.1, 0.8, 0.45];
  const atThree: Record<number, number> = { 0: 0.55, 3: 0.65, 5: 0.6, 7: 0.7 };
  const worked = [
    '0→1',
    '1→1',
    '2→1', // three have told, of which 0 is the best
    '0→3',
    '3→1', // the best of four, as many as one third allows, though 0 went on before
    '3→3',
    '4→1',
    '5→1', // of six, 5 and 3 are the best two
    '5→3', // the third at epoch 3, of which 3 is the best
    '3→end',
    '6→1',
    '7→1',
    '7→3', // better than 3 was
    '7→end',
    '8→1', // of nine, 7, 5 and 3 are the best three, and all went on
  ];
  const told = ({ trial: { number }, untilEpoch }: RunAsk): number =>
    (untilEpoch === 1 ? atOne[number] : untilEpoch === 3 ? atThree[number] : 0.9) as number;

  it.each([accuracy, loss])('goes as worked out by hand, of $name', (metric) => {
    const sign = metric.goal === 'max' ? 1 : -1;
    const search = asha({ ranges, trials: 9, minEpochs: 1, maxEpochs: 9, reduction: 3 });
    const actions = work(search, { metric, value: (asked) => sign * told(asked) });
    expect(shorts(actions)).toBe(worked.join(' '));
  });

  it('takes the highest rung first, and the better of two', () => {
    const searching = asha({ ranges, trials: 9, maxEpochs: 4, reduction: 2 }).start(accuracy);
    expect(asks(searching, 4)).toEqual(['0→1', '1→1', '2→1', '3→1']);
    for (const [number, value] of [0.1, 0.4, 0.3, 0.2].entries()) {
      searching.tell({ number, untilEpoch: 1, value });
    }
    expect(asks(searching, 2)).toEqual(['1→2', '2→2']);
    searching.tell({ number: 2, untilEpoch: 2, value: 0.5 });
    searching.tell({ number: 1, untilEpoch: 2, value: 0.4 });
    expect(asks(searching, 2)).toEqual(['2→end', '4→1']);
  });

  it('waits for what may yet be promoted, and is done while the last one goes to its end', () => {
    const searching = asha({ ranges, trials: 4, maxEpochs: 2, reduction: 2 }).start(accuracy);
    expect(asks(searching, 6)).toEqual(['0→1', '1→1', '2→1', '3→1', 'wait', 'wait']);
    for (const number of [0, 1]) searching.tell({ number, untilEpoch: 1, value: number });
    expect(asks(searching, 2)).toEqual(['1→end', 'wait']);
    for (const number of [2, 3]) searching.tell({ number, untilEpoch: 1, value: -number });
    expect(asks(searching, 2)).toEqual(['0→end', 'wait']);
    searching.tell({ number: 0, value: 1 });
    expect(asks(searching, 2)).toEqual(['done', 'done']);
    searching.tell({ number: 1, value: 1 });
    expect(asks(searching, 1)).toEqual(['done']);
  });

  it('takes the best to its end where trials are too few to fill the rungs', () => {
    const search = asha({ ranges, trials: 3, maxEpochs: 64, reduction: 4 });
    const actions = work(search, {
      metric: accuracy,
      slots: 3,
      value: ({ trial }) => [1, 3, 2][trial.number],
    });
    expect(shorts(actions)).toBe('0→1 1→1 2→1 1→4 1→16 1→end');
  });

  it('takes the next best to its end where the best fails on its way', () => {
    const search = asha({ ranges, trials: 3, maxEpochs: 16, reduction: 4 });
    const failing = new Set(['1→end', '2→4']);
    const actions = work(search, {
      metric: accuracy,
      value: (asked) => (failing.has(short(asked)) ? undefined : [1, 3, 2][asked.trial.number]),
    });
    expect(shorts(actions)).toBe('0→1 1→1 2→1 1→4 1→end 2→4 0→4 0→end');
  });

  it('ends where all trials fail', () => {
    const actions = work(asha({ ranges, trials: 5, maxEpochs: 16 }), {
      metric: accuracy,
      slots: 2,
      value: () => undefined,
    });
    expect(actions.filter(({ asked }) => asked)).toHaveLength(5);
  });

  it('counts failed trials as the worst of their rung', () => {
    const searching = asha({ ranges, trials: 4, maxEpochs: 4, reduction: 4 }).start(accuracy);
    asks(searching, 4);
    for (const [number, value] of [Number.NaN, 0.1, Number.POSITIVE_INFINITY].entries()) {
      searching.tell({ number, untilEpoch: 1, value });
    }
    expect(short(searching.ask())).toBe('wait');
    searching.tell({ number: 3, untilEpoch: 1 });
    expect(short(searching.ask())).toBe('1→end');
  });

  it.each<[number, number, number, string[]]>([
    [1, 27, 3, ['1', '3', '9', 'end']],
    [1, 26, 3, ['1', '3', 'end']],
    [2, 30, 4, ['2', 'end']],
    [2, 32, 4, ['2', '8', 'end']],
    [5, 10, 2, ['5', 'end']],
  ])('has from %d to %d epochs by %d the rungs %j', (minEpochs, maxEpochs, reduction, rungs) => {
    const search = asha({ ranges, trials: 1, minEpochs, maxEpochs, reduction });
    const actions = work(search, { metric: accuracy, value: () => 1 });
    expect(
      actions.flatMap(({ asked }) => (asked ? [String(asked.untilEpoch ?? 'end')] : [])),
    ).toEqual(rungs);
  });

  it('begins with the trials of a random search of the same seed', () => {
    const trials = (search: ReturnType<typeof asha>) =>
      work(search, { metric: accuracy, value: () => 1 })
        .flatMap(({ asked }) => (asked ? [asked.trial] : []))
        .filter((trial, i, all) => all.findIndex(({ number }) => number === trial.number) === i);
    const found = trials(asha({ ranges, trials: 12, maxEpochs: 4, seed: 7 }));
    expect(found).toEqual(trials(randomSearch({ ranges, trials: 12, seed: 7 })));
  });

  it('finds better than a random search in as many epochs', () => {
    const maxEpochs = 27;
    // Errors fall from 0.9 to what the setting can reach, the faster the higher its rate.
    const reaches = ({ lr, momentum }: Record<string, number>): number =>
      0.05 + 0.1 * (Math.log10(lr as number) + 1.5) ** 2 + 0.4 * ((momentum as number) - 0.8) ** 2;
    const error = ({ trial: { values }, untilEpoch = maxEpochs }: RunAsk): number => {
      const least = reaches(values as Record<string, number>);
      return least + (0.9 - least) * Math.exp(-untilEpoch / (3 - Math.log10(values.lr as number)));
    };
    const ratios = Array.from({ length: 15 }, (_, seed) => {
      const halving = work(asha({ ranges, trials: 60, maxEpochs, reduction: 3, seed }), {
        metric: loss,
        slots: 4,
        value: error,
      });
      const done = new Map<number, number>();
      let epochs = 0;
      for (const { asked } of halving) {
        if (!asked) continue;
        const until = asked.untilEpoch ?? maxEpochs;
        epochs += until - (done.get(asked.trial.number) ?? 0);
        done.set(asked.trial.number, until);
      }
      const plain = work(
        randomSearch({ ranges, trials: Math.ceil(epochs / maxEpochs), seed: seed + 1000 }),
        { metric: loss, value: error },
      );
      const best = (actions: typeof plain): number =>
        Math.min(
          ...actions.flatMap(({ asked }) =>
            asked && asked.untilEpoch === undefined ? [error(asked)] : [],
          ),
        );
      return (best(halving) - 0.05) / (best(plain) - 0.05);
    });
    expect(median(ratios)).toBeLessThan(0.6);
  });
});
