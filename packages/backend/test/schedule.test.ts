import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Launch, NamedBlock } from '../src/capture/launch.ts';
import { needed } from '../src/capture/needed.ts';
import { schedule } from '../src/capture/schedule.ts';
import { COMMAND_WORDS, HEAD_WORDS } from '../src/generated/commands.ts';

const block = (number: number): NamedBlock => ({
  number,
  range: [64 * number, 64 * number + 64],
});

function launch(reads: number[], writes: number[], unknown = false): Launch {
  return {
    words: new Int32Array(COMMAND_WORDS),
    reads: reads.map(block),
    writes: writes.map(block),
    unknown,
  };
}

/** How many right before it each command need not wait for. */
const counts = (...launches: Launch[]): number[] =>
  schedule(launches).map((words) => words[HEAD_WORDS - 1] as number);

describe('which commands need not wait for those before them', () => {
  test('those that read the same', () => {
    expect(counts(launch([1, 2], [3]), launch([1, 2], [4]))).toEqual([0, 1]);
  });

  test('not one that reads what was written, or writes what is read or written', () => {
    const first = launch([1], [2]);
    expect(counts(first, launch([2], [3]))).toEqual([0, 0]);
    expect(counts(first, launch([3], [1]))).toEqual([0, 0]);
    expect(counts(first, launch([3], [2]))).toEqual([0, 0]);
  });

  test('only the last ones count: what is waited for was begun after all before it', () => {
    expect(counts(launch([1], [2]), launch([1], [3]), launch([2], [4]))).toEqual([0, 1, 1]);
    expect(counts(launch([1], [2]), launch([1], [3]), launch([3], [4]))).toEqual([0, 1, 0]);
  });

  test('a part of a block is that block', () => {
    const whole: Launch = { ...launch([], []), writes: [{ number: 0, range: [0, 256] }] };
    expect(counts(whole, launch([3], [9]))).toEqual([0, 0]);
    expect(counts(whole, launch([4], [9]))).toEqual([0, 1]);
  });

  test('never across a command that names blocks by a table', () => {
    expect(counts(launch([1], [2]), launch([3], [4], true), launch([5], [6]))).toEqual([0, 0, 0]);
  });

  test('the words that were recorded stay as they are', () => {
    const second = launch([1], [3]);
    schedule([launch([1], [2]), second]);
    expect(second.words[HEAD_WORDS - 1]).toBe(0);
  });
});

describe('the order of a record', () => {
  const ranges = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 3 });
  const launches = fc.array(
    fc.record({
      reads: ranges,
      writes: ranges,
      unknown: fc.boolean(),
      chunks: fc.constantFrom(1, 8),
    }),
    { maxLength: 60 },
  );
  const conflict = (a: Launch, b: Launch): boolean =>
    a.unknown ||
    b.unknown ||
    [a.writes.concat(a.reads), a.writes].some((some, i) =>
      some.some((one) => [b.writes, b.reads][i]?.some((other) => other.number === one.number)),
    );

  test('has every command once, none before one that it depends on, and none that waits for too few', () => {
    fc.assert(
      fc.property(launches, (drawn) => {
        const given = drawn.map(({ reads, writes, unknown, chunks }, i) => {
          const one = launch(reads, writes, unknown && i % 7 === 0);
          one.words[0] = i;
          one.words[HEAD_WORDS - 2] = chunks;
          return one;
        });
        const order = schedule(given).map((words) => ({
          number: words[0] as number,
          independent: words[HEAD_WORDS - 1] as number,
        }));
        expect(order.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([
          ...given.keys(),
        ]);
        order.forEach(({ number, independent }, place) => {
          order.slice(0, place).forEach((earlier, at) => {
            const [a, b] = [given[earlier.number], given[number]] as [Launch, Launch];
            if (!conflict(a, b)) return;
            expect(earlier.number).toBeLessThan(number);
            expect(at).toBeLessThan(place - independent);
          });
        });
      }),
      { numRuns: 500 },
    );
  });

  const order = (...given: Launch[]): number[] => {
    given.forEach(({ words }, i) => {
      words[0] = i;
    });
    return schedule(given).map((words) => words[0] as number);
  };
  const short = (reads: number[], writes: number[]): Launch => {
    const one = launch(reads, writes);
    one.words[HEAD_WORDS - 2] = 1;
    return one;
  };

  /** Commands of which each reads what the one before it has written. */
  const chain = (from: number): Launch[] =>
    Array.from({ length: 9 }, (_, i) => launch([from + i], [from + i + 1]));

  test('puts what nobody near needs behind a command of one chunk', () => {
    const [inputs, filters, sums, pairs, apply] = [
      launch([1, 2], [3]),
      launch([1, 4], [5]),
      launch([3], [6]),
      short([6], [7]),
      launch([3, 7], [8]),
    ];
    const all = [inputs, filters, sums, pairs, apply, ...chain(8)];
    expect(order(...all).slice(0, 5)).toEqual([0, 2, 3, 1, 4]);
  });

  test('draws what is independent behind it forward where there is nothing else', () => {
    const [sums, pairs, apply, pack, product] = [
      launch([1], [2]),
      short([2], [3]),
      launch([1, 3], [4]),
      launch([5], [6]),
      launch([4, 6], [7]),
    ];
    const all = [sums, pairs, apply, pack, product, ...chain(7)];
    expect(order(...all).slice(0, 5)).toEqual([0, 1, 3, 2, 4]);
  });
});

describe('commands of which something comes', () => {
  const kept = (results: number[], ...launches: Launch[]): number[] =>
    needed(launches, results).map((one) => launches.indexOf(one));

  test('are those that lead to a result, by whatever way', () => {
    expect(
      kept(
        [4],
        launch([], [1]),
        launch([], [2]),
        launch([1], [3]),
        launch([3], [4]),
        launch([3], [5]),
      ),
    ).toEqual([0, 2, 3]);
  });

  test('are those that change what was there before', () => {
    expect(kept([], launch([], [1]), launch([1], [-1]), launch([-1], [2]))).toEqual([0, 1]);
  });

  test('are those that name blocks by a table, and all that write what they read', () => {
    expect(kept([], launch([], [1]), launch([1], [], true), launch([], [2]))).toEqual([0, 1]);
  });

  test('are all that write to a block of which something comes: one may add to what another has written', () => {
    expect(kept([1], launch([], [1]), launch([2], [1]), launch([1], [3]))).toEqual([0, 1]);
  });
});
