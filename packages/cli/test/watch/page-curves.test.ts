import { describe, expect, it } from 'vitest';
import { mergeCurves } from '../../page/data/curves.ts';
import { afterEvent, noFeed } from '../../page/data/feed.ts';
import { curvesOfFigure, type Drawing } from '../../page/model/drawing.ts';
import { figuresOf, pointsOf } from '../../page/model/points.ts';
import type { RunCurves } from '../../src/watch/protocol.ts';
import { rowOf as row } from './made-row.ts';

describe('curves', () => {
  const curves: RunCurves = {
    id: 'a',
    generation: 1,
    firstStep: 0,
    epochs: {
      epoch: [1, 2],
      step: [10, 20],
      time: [60, 120],
      trainLoss: [2, 1],
      validationLoss: [null, 3],
      validationAccuracy: [null, null],
      'term kd': [5, 6],
    },
    steps: { step: [5, 10], epoch: [1, 1], time: [30, null], loss: [4, 2] },
  };
  const figure = (key: string) => {
    const found = figuresOf([curves]).find((each) => each.key === key);
    if (found === undefined) throw new Error(key);
    return found;
  };

  it('have the figures that are there, parts of the loss too', () => {
    expect(figuresOf([curves]).map(({ key }) => key)).toEqual([
      'trainLoss',
      'validationLoss',
      'term kd',
    ]);
    expect(figuresOf([])).toEqual([]);
  });

  it('go by steps where they were noted, by epochs along those, and past what is missing', () => {
    expect(pointsOf(curves, figure('trainLoss'), 'step')).toMatchObject({ x: [5, 10], y: [4, 2] });
    expect(pointsOf(curves, figure('trainLoss'), 'epoch')).toMatchObject({ x: [1, 2], y: [2, 1] });
    expect(pointsOf(curves, figure('trainLoss'), 'time')).toMatchObject({ x: [30], y: [4] });
    expect(pointsOf(curves, figure('validationLoss'), 'step')).toMatchObject({ x: [20], y: [3] });
  });

  it('are drawn smoothed with what they were, as bands, and above 0 alone on a logarithmic axis', () => {
    const drawing: Drawing = {
      lines: [{ key: 'a', name: 'a', rows: [row('a')] }],
      curvesOf: (id) =>
        id === 'b' ? { ...curves, epochs: { ...curves.epochs, 'term kd': [7, -1] } } : curves,
      looks: new Map([['a', 9]]),
      axis: 'epoch',
      smoothing: 0.5,
      log: false,
    };
    const kd = figure('term kd');
    const [alone] = curvesOfFigure(kd, drawing);
    expect(alone).toMatchObject({
      name: 'a',
      look: { colour: 1, dashed: true },
      raw: { y: [5, 6] },
    });
    expect(alone?.y[1]).toBeCloseTo(5 + 2 / 3, 12);
    const group = { key: 'g', name: 'g', rows: [row('a'), row('b')] };
    const [band] = curvesOfFigure(kd, { ...drawing, lines: [group], smoothing: 0 });
    expect(band).toMatchObject({ y: [6, 2.5] });
    expect(band?.deviation?.[0]).toBeCloseTo(Math.SQRT2, 12);
    const [log] = curvesOfFigure(kd, { ...drawing, lines: [group], smoothing: 0, log: true });
    expect(log?.y).toEqual([6, 6]);
    expect(curvesOfFigure(kd, { ...drawing, curvesOf: () => undefined })).toEqual([]);
  });

  it("grow by the steps that came, and are another one's where all came", () => {
    const more = {
      ...curves,
      firstStep: 2,
      steps: { step: [15], epoch: [2], time: [90], loss: [1] },
    };
    expect(mergeCurves(curves, more).steps).toMatchObject({ step: [5, 10, 15], loss: [4, 2, 1] });
    expect(mergeCurves(curves, { ...more, firstStep: 0 }).steps).toMatchObject({ step: [15] });
    expect(mergeCurves(undefined, curves).steps).toEqual(curves.steps);
  });
});

describe('what the server says', () => {
  it('is kept up to date by its events, and rows that did not change are the same', () => {
    const base = { root: '/runs', removed: [], problem: undefined };
    const first = afterEvent(noFeed, { ...base, all: true, rows: [row('a'), row('b'), row('c')] });
    const event = { ...base, all: false, rows: [row('b', { version: 2 })], removed: ['c'] };
    const second = afterEvent(first, event);
    expect([...second.rows.keys()]).toEqual(['a', 'b']);
    expect(second.rows.get('a')).toBe(first.rows.get('a'));
    expect(second.rows.get('b')?.version).toBe(2);
    expect(second).toMatchObject({ root: '/runs', connected: true, session: 1 });
    const again = afterEvent(second, { ...base, all: true, rows: [row('d')] });
    expect([...again.rows.keys()]).toEqual(['d']);
    expect(again.session).toBe(2);
  });
});
