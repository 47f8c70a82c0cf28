import type { ArmResult } from '@mnet/cli';
import { expect, it } from 'vitest';
import { armRows, armTable } from '../src/experiments/arm-table.ts';

it('a table has means over seeds, with the deviation of several, beside what others report', () => {
  const one: ArmResult = {
    arm: 'a',
    width: 1,
    seed: 1,
    folder: '',
    network: 'net',
    dataset: 'data',
    parameters: 1234,
    macs: 5e6,
    status: 'finished',
    epochs: 2,
    testAccuracy: 0.5,
    secondsPerEpoch: 4,
    validationSeconds: 2,
  };
  const { validationSeconds: __, testAccuracy: _, ...untested } = one;
  const results = [one, { ...one, seed: 2, testAccuracy: 0.6 }, { ...untested, arm: 'b' }];
  const table = armTable(results, [{ arm: 'a', width: 1, testAccuracy: 0.8 }]);
  const lines = table.split('\n').filter((line) => !line.includes('──'));
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['width', 'n', 'params', 'MACs', 'epochs', 'test', 's an epoch', 's a validation', 'published'],
    ['a', '1', '2', '1,234', '5.000 M', '2', '55.00 ± 7.07%', '4.0', '2.0', '80.00%'],
    ['b', '1', '1', '1,234', '5.000 M', '2', '–', '4.0', '–', '–'],
  ]);
  const timed = [1, 4, 'not timed'].map((seconds, i) => ({
    ...one,
    seed: i,
    measured: { seconds },
  }));
  const column = (list: readonly ArmResult[]): string | undefined => armRows(list)[1]?.[7];
  expect(column(timed)).toBe('2.5 ± 2.1 (n = 2)');
  expect(column(timed.slice(2))).toBe('not timed');
  const targets = ['reached', 'missed', 'reached'].map((target, seed) => ({
    ...one,
    seed,
    measured: { target },
  }));
  expect(column(targets)).toBe('reached (2), missed (1)');
  expect(column(targets.slice(1, 2))).toBe('missed');
  expect(armRows([one, { ...one, seed: 2, epochs: 4 }])[1]?.[5]).toBe('2–4');
  const other = { ...one, arm: 'b', dataset: 'other' };
  expect(armRows([one, other]).map(([name]) => name)).toEqual(['', 'a, data', 'b, other']);
});

it('a table has the differences to the baseline, pair by pair, and what teachers and students agree on', () => {
  const of = (arm: string, seed: number, testAccuracy: number, more = {}): ArmResult => ({
    arm,
    width: 1,
    seed,
    folder: '',
    network: 'net',
    dataset: 'data',
    parameters: 10,
    macs: 5e6,
    status: 'finished',
    epochs: 2,
    testAccuracy,
    secondsPerEpoch: 4,
    ...more,
  });
  const figures = { teacherAccuracy: 0.9, agreement: 0.75 };
  const results = [
    of('teacher', 1, 0.9, { network: 'large' }),
    of('alone', 1, 0.5),
    of('kd', 1, 0.52, figures),
    of('alone', 2, 0.6),
    of('kd', 2, 0.63, figures),
    // Without a partner of its seed.
    of('kd', 3, 0.1, figures),
    of('worse', 1, 0.4),
  ];
  const lines = armTable(results, [], 'alone')
    .split('\n')
    .filter((line) => !line.includes('──'));
  const cells = lines.map((line) => line.trim().split(/ {2,}/));
  expect(cells[0]).toEqual(
    'width,n,params,MACs,epochs,teacher,agreement,test,− alone,s an epoch,s a validation'.split(
      ',',
    ),
  );
  // mean and deviation of 2 and 3 points.
  expect(cells.slice(1).map((row) => [row[0], row[6], row[7], row[9]])).toEqual([
    ['teacher', '–', '–', '–'],
    ['alone', '–', '–', '–'],
    ['kd', '90.00 ± 0.00%', '75.00 ± 0.00%', '+2.50 ± 0.71'],
    ['worse', '–', '–', '-10.00'],
  ]);
});
