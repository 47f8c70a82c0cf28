import type { EpochRecord, RunRecord } from '@mnet/train';
import { describe, expect, it } from 'vitest';
import { metricAt, metricKept } from '../../src/search/metric-of.ts';
import { accuracy, loss } from './workers.ts';

/** The figures of epochs in their order; undefined: not validated. */
type Figures = readonly (readonly [accuracy: number, loss: number] | undefined)[];

function record(figures: Figures, rest: Partial<RunRecord> = {}, best?: number): RunRecord {
  const epochs = figures.map((each, i) => {
    const validated = each && { validationAccuracy: each[0], validationLoss: each[1] };
    return {
      epoch: i + 1,
      trainLoss: 9,
      trainAccuracy: 0.01,
      ...validated,
    } as unknown as EpochRecord;
  });
  const named = best === undefined ? {} : { best: epochs[best - 1] };
  return { status: 'finished', options: {}, epochs, ...named, ...rest } as unknown as RunRecord;
}

const figures: Figures = [[0.3, 2], undefined, [0.6, 1.1], [0.5, 0.9]];

describe('the metric of a run', () => {
  it.each([
    [1, 0.3, 2],
    [2, 0.3, 2], // was not validated: as it was before
    [3, 0.6, 1.1],
    [4, 0.5, 0.9],
  ])('at epoch %d is %d, or as loss %d', (epoch, atAccuracy, atLoss) => {
    for (const status of ['finished', 'running', 'stopped'] as const) {
      expect(metricAt(record(figures, { status }), accuracy, epoch)).toBe(atAccuracy);
      expect(metricAt(record(figures, { status }), loss, epoch)).toBe(atLoss);
    }
  });

  it('at an epoch that a run has not reached is none, unless it ended before', () => {
    for (const status of ['running', 'stopped', 'diverged'] as const) {
      expect(metricAt(record(figures, { status }), accuracy, 5)).toBeUndefined();
    }
    expect(metricAt(record(figures, { status: 'stopped-early' }), accuracy, 9)).toBe(0.5);
  });

  it('at an epoch until which nothing was validated is none', () => {
    expect(metricAt(record([undefined, undefined, [0.5, 1]]), accuracy, 2)).toBeUndefined();
    expect(metricAt(record([]), accuracy, 1)).toBeUndefined();
  });

  it('refuses an epoch below 1', () => {
    expect(() => metricAt(record(figures), accuracy, 0)).toThrow(
      'epoch: got 0, takes a whole number from 1',
    );
  });

  it('of the weights that were kept is that of the last epoch', () => {
    expect(metricKept(record(figures, {}, 3), accuracy)).toBe(0.5);
    expect(metricKept(record(figures, {}, 3), loss)).toBe(0.9);
    expect(metricKept(record([...figures, undefined], {}, 3), accuracy)).toBe(0.5);
    expect(metricKept(record(figures, { options: { bestWeights: false } }, 3), accuracy)).toBe(0.5);
  });

  it('is that of the best epoch where that is kept, whatever it was chosen by', () => {
    expect(metricKept(record(figures, { options: { bestWeights: true } }, 3), accuracy)).toBe(0.6);
    expect(metricKept(record(figures, { options: { bestWeights: true } }, 3), loss)).toBe(1.1);
    const byLoss = record(figures, { options: { bestWeights: 'validationLoss' } }, 4);
    expect(metricKept(byLoss, accuracy)).toBe(0.5);
  });

  it('is none where nothing was validated, and where the run diverged', () => {
    expect(
      metricKept(record([undefined, undefined], { options: { bestWeights: true } }, 2), accuracy),
    ).toBeUndefined();
    expect(metricKept(record([undefined]), loss)).toBeUndefined();
    expect(metricKept(record([]), loss)).toBeUndefined();
    expect(metricKept(record(figures, { status: 'diverged' }, 3), accuracy)).toBeUndefined();
  });
});
