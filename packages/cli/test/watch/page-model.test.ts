import { describe, expect, it } from 'vitest';
import { bandOf, deviation } from '../../page/model/band.ts';
import { looksOf, lookOf } from '../../page/model/colours.ts';
import { cellOf, cellText, columnKeys } from '../../page/model/columns.ts';
import { duration, number, percent, spread } from '../../page/model/format.ts';
import { groupName, linesOf } from '../../page/model/lines.ts';
import { nearest } from '../../page/model/nearest.ts';
import { shownLines, toggled } from '../../page/model/shown.ts';
import { smooth } from '../../page/model/smoothing.ts';
import { type PageState, readState, usualState, writeState } from '../../page/model/state.ts';
import { filterRows, sortLines } from '../../page/model/table.ts';
import type { RunRow } from '../../src/watch/protocol.ts';
import { rowOf as row } from './made-row.ts';

const ids = (lines: readonly { key: string }[]) => lines.map(({ key }) => key);

describe('smoothing', () => {
  it('is the mean of all values up to one with weights that fall by the factor, as TensorBoard has it', () => {
    const values = [4, 1, 7, 2, 9];
    for (const weight of [0.1, 0.6, 0.95]) {
      const expected = values.map((_, i) => {
        const weights = values.slice(0, i + 1).map((__, j) => weight ** (i - j));
        const total = weights.reduce((a, b) => a + b);
        return weights.reduce((sum, w, j) => sum + w * (values[j] as number), 0) / total;
      });
      smooth(values, weight).forEach((value, i) =>
        expect(value).toBeCloseTo(expected[i] as number, 12),
      );
    }
  });

  it('leaves a constant, a weight of 0 and places without a value as they are', () => {
    for (const value of smooth([3, 3, 3], 0.9)) expect(value).toBeCloseTo(3, 12);
    expect(smooth([1, null, 5], 0)).toEqual([1, null, 5]);
    expect(smooth([null, 2, null], 0.5)).toEqual([null, 2, null]);
  });
});

describe('bands over seeds', () => {
  const points = (steps: number[], y: (number | null)[], x = steps) => ({ steps, x, y });

  it('are the mean and the deviation with n − 1 of what is there at each step', () => {
    const band = bandOf([
      points([1, 2, 3], [1, 2, 3], [10, 20, 30]),
      points([1, 2], [3, null], [12, 22]),
      points([1], [5], [14]),
    ]);
    expect(band).toEqual({
      steps: [1, 2, 3],
      x: [12, 20, 30],
      y: [3, 2, 3],
      deviation: [2, null, null],
    });
    expect(deviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(2.138, 3);
  });
});

describe('groups', () => {
  const rows = [
    row('w1-seed-2', { group: 'x', date: '2026-01-03', testAccuracy: 0.8, seed: 2 }),
    row('w1-seed-1', { group: 'x', date: '2026-01-01', testAccuracy: 0.6, seed: 1 }),
    row('w2-seed-1', { group: 'y', date: '2026-01-02', testAccuracy: 0.7, seed: 1 }),
  ];

  it('are lines in the order of their first runs, with what their names share', () => {
    const lines = linesOf(rows, true);
    expect(lines.map(({ name, rows: own }) => [name, ...own.map(({ id }) => id)])).toEqual([
      ['w1 × 2', 'w1-seed-1', 'w1-seed-2'],
      ['w2-seed-1', 'w2-seed-1'],
    ]);
    expect(ids(linesOf(rows, false))).toEqual(['w1-seed-1', 'w2-seed-1', 'w1-seed-2']);
    expect(groupName([row('a'), row('b'), row('c')])).toBe('a + 2');
    expect(groupName([row('seed-1'), row('seed-2')])).toBe('seed-1 + 1');
  });

  it('have means with their deviations in the table', () => {
    const [group, alone] = linesOf(rows, true);
    expect(group && cellOf(group, 'testAccuracy')).toBeCloseTo(0.7, 12);
    expect(group && cellText(group, 'testAccuracy')).toBe('70.00% ± 14.00%');
    expect(group && cellText(group, 'seed')).toBe('1, 2');
    expect(alone && cellText(alone, 'testAccuracy')).toBe('70.00%');
    expect(alone && cellText(alone, 'validationLoss')).toBe('');
  });
});

describe('the table', () => {
  const rows = [
    row('b/run-10', { network: 'resnet18', validationLoss: 2, date: '2026-01-01' }),
    row('a/run-9', { network: 'mobilenet_v1', validationLoss: 10, status: 'running' }),
    row('c', { status: 'damaged' }),
  ];
  const sorted = (key: 'name' | 'validationLoss' | 'epoch', descending: boolean) =>
    ids(sortLines(linesOf(rows, false), { key, descending }));

  it('is sorted by any column, numbers as numbers, and what is missing last', () => {
    expect(sorted('validationLoss', false)).toEqual(['b/run-10', 'a/run-9', 'c']);
    expect(sorted('validationLoss', true)).toEqual(['a/run-9', 'b/run-10', 'c']);
    expect(sorted('name', true)).toEqual(['c', 'b/run-10', 'a/run-9']);
    const names = ['run-10', 'run-9'].map((id) => row(id));
    const byName = sortLines(linesOf(names, false), { key: 'name', descending: false });
    expect(ids(byName)).toEqual(['run-9', 'run-10']);
    for (const key of columnKeys) {
      const lines = sortLines(linesOf(rows, false), { key, descending: false });
      expect(ids(lines).toSorted()).toEqual(['a/run-9', 'b/run-10', 'c']);
    }
  });

  it('is filtered by words, words that must not be there, and the status', () => {
    const found = (text: string, status?: RunRow['status']) =>
      filterRows(rows, text, status).map(({ id }) => id);
    expect(found('')).toHaveLength(3);
    expect(found('RUN')).toEqual(['b/run-10', 'a/run-9']);
    expect(found('run resnet')).toEqual(['b/run-10']);
    expect(found('run -resnet')).toEqual(['a/run-9']);
    expect(found('-')).toEqual(['b/run-10', 'a/run-9']);
    expect(found('', 'damaged')).toEqual(['c']);
    expect(found('run', 'damaged')).toEqual([]);
  });

  it('says how far a run is', () => {
    const [line] = linesOf([row('a', { epoch: 3, epochs: 20 })], false);
    expect(line && cellText(line, 'epoch')).toBe('3 / 20');
  });
});

describe('what is shown', () => {
  const lines = linesOf(
    Array.from({ length: 15 }, (_, i) => row(`r${i}`, { date: `2026-01-${10 + i}` })),
    false,
  );

  it('are the newest ones, all, or those that were chosen', () => {
    expect(ids(shownLines(lines, 'newest'))).toEqual(ids(lines).slice(5));
    expect(shownLines(lines, 'all')).toHaveLength(15);
    expect(ids(shownLines(lines, ['r3', 'gone']))).toEqual(['r3']);
  });

  it('is chosen by hand from what was shown, and keeps what a filter hides', () => {
    const [first] = lines;
    if (first === undefined) throw new Error('no line');
    expect(toggled(lines, 'newest', first)).toEqual([...ids(lines).slice(5), 'r0']);
    expect(toggled(lines, ['hidden', 'r0'], first)).toEqual(['hidden']);
    expect(toggled(lines, [], first)).toEqual(['r0']);
  });
});

describe('looks', () => {
  it('stay with their runs when others come and go, and differ among eight that follow each other', () => {
    const before = looksOf(['a', 'b', 'c']);
    const after = looksOf(['new', 'a', 'c'], before);
    for (const id of ['a', 'c']) expect(after.get(id)).toBe(before.get(id));
    expect(after.get('new')).toBe(3);
    const looks = Array.from({ length: 16 }, (_, i) => JSON.stringify(lookOf(i)));
    expect(new Set(looks).size).toBe(16);
  });
});

describe('the state in the address', () => {
  it('comes back as it was, and is empty where all is as usual', () => {
    expect(writeState(usualState)).toBe('');
    expect(readState('')).toEqual(usualState);
    const states: PageState[] = [
      {
        filter: 'a & b #1 -c',
        status: 'stopped-early',
        sorting: { key: 'testAccuracy', descending: true },
        columns: ['name', 'status', 'testAccuracy'],
        shown: ['x/y z', 'ü'],
        axis: 'time',
        smoothing: 0.6,
        log: true,
        grouped: true,
        run: 'x/y z',
        theme: 'dark',
      },
      { ...usualState, shown: [] },
      { ...usualState, shown: 'all', sorting: { key: 'name', descending: false } },
    ];
    for (const state of states) expect(readState(`#${writeState(state)}`)).toEqual(state);
  });

  it('is as usual where it makes no sense', () => {
    const odd =
      '#sort=-nothing&columns=no&x=miles&smoothing=7&theme=pink&status=odd&shown=some&log=1';
    expect(readState(odd)).toEqual(usualState);
  });
});

describe('words and places', () => {
  it('are short and exact', () => {
    expect([0.1234567, 12345.6, 1.5e-5, 0, 2].map(number)).toEqual([
      '0.1235',
      '12,346',
      '1.500e-5',
      '0',
      '2',
    ]);
    expect(percent(0.8125)).toBe('81.25%');
    expect(spread(0.0123456, number)).toBe('± 0.012');
    expect([42, 727, 11100, 187200, -5].map(duration)).toEqual([
      '0:42',
      '12:07',
      '3:05:00',
      '2 d 04:00',
      '0:00',
    ]);
  });

  it('are the nearest, also before the first and after the last', () => {
    const places = [1, 2, 4, 8];
    expect([-5, 1.4, 1.6, 3.1, 6.1, 99].map((value) => nearest(places, value))).toEqual([
      0, 0, 1, 2, 3, 3,
    ]);
    expect(nearest([], 1)).toBe(-1);
  });
});
