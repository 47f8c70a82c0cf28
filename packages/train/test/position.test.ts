import { expect, it } from 'vitest';
import { Position } from '../src/training/position.ts';

const record = {
  epoch: 1,
  step: 2,
  learningRate: 0.1,
  trainLoss: 1,
  trainAccuracy: 0.5,
  seconds: 2,
  imagesPerSecond: 100,
};
const figures = (loss: number, correct: number, kd: number) => Float32Array.of(loss, correct, kd);

it('is the same after it was stored in the middle of an epoch', () => {
  const position = new Position();
  position.endEpoch(record);
  position.endStep();
  position.measure(figures(2, 3, 1), ['kd'], 4);
  position.endStep();
  position.measure(figures(5, 1, 7), ['kd'], 2);
  const again = new Position(JSON.parse(JSON.stringify(position.progress)));
  expect(again.progress).toEqual(position.progress);
  expect(again.place).toEqual({ epoch: 2, step: 2 });
  expect(again.history).toEqual([record]);
  expect(again.meter.loss).toBe(3);
  expect(again.meter.accuracy).toBeCloseTo(4 / 6, 12);
  expect(again.meter.terms).toEqual({ kd: 3 });
  expect(again.stopped).toBe(false);
  expect(again.takeRecent()).toEqual({ loss: 3, accuracy: again.meter.accuracy });
  expect(again.hasRecent).toBe(false);
  expect(again.progress.recent).toBeUndefined();
});

it('begins the sums of the next record where those before were taken', () => {
  const position = new Position();
  position.measure(figures(2, 3, 1), ['kd'], 4);
  position.takeRecent();
  expect(position.meter.loss).toBe(2);
  position.measure(figures(8, 0, 1), ['kd'], 4);
  expect(position.takeRecent()).toEqual({ loss: 8, accuracy: 0 });
  expect(position.meter.loss).toBe(5);
});

it('begins an epoch with empty sums, and stays stopped', () => {
  const position = new Position();
  position.endStep();
  position.meter.add(figures(2, 3, 1), ['kd'], 4);
  position.stop();
  const before = position.history;
  position.endEpoch(record);
  expect(before).toEqual([]);
  expect(position.progress).toEqual({
    epoch: 1,
    step: 0,
    meter: { images: 0, loss: 0, correct: 0, terms: {}, seconds: 0 },
    history: [record],
    stopped: true,
  });
  expect(new Position(position.progress).stopped).toBe(true);
});
