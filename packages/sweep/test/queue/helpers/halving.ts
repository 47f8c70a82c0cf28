import type { Ask, Metric, Search, Searching, Tell } from '../../../src/search/search.ts';

export const metric: Metric = { name: 'validationAccuracy', goal: 'max' };

/** Halves: trials of one epoch, of which the better half is taken to its end. Its order of telling decides what it asks for. */
export function halving(trials: number, record: string[] = []): Search {
  return {
    describe: () => ({ name: 'halving', trials }),
    keys: ['rate'],
    trials,
    start: (): Searching => {
      let begun = 0;
      let finals: number[] | undefined;
      const first = new Map<number, number>();
      return {
        ask(): Ask {
          const asked = ask();
          record.push(JSON.stringify(asked));
          return asked;
        },
        tell({ number, untilEpoch, value }: Tell) {
          record.push(JSON.stringify({ number, untilEpoch, value }));
          if (untilEpoch === 1) first.set(number, value ?? Number.NEGATIVE_INFINITY);
        },
      };
      function ask(): Ask {
        if (begun < trials) {
          const number = begun++;
          return { kind: 'run', trial: { number, values: { rate: number } }, untilEpoch: 1 };
        }
        if (first.size < trials) return { kind: 'wait' };
        finals ??= [...first]
          .toSorted((a, b) => b[1] - a[1])
          .slice(0, trials / 2)
          .map(([number]) => number);
        const number = finals.shift();
        if (number === undefined) return { kind: 'done' };
        return { kind: 'run', trial: { number, values: { rate: number } } };
      }
    },
  };
}
