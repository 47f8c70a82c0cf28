import { findLearningRate, sgd } from '@mnet/train';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { RangeTest, steepest } from '../src/learning-rate/range-test.ts';
import { tinyDataset, tinyModel, weightsOf } from './tiny.ts';

beforeAll(() => setBackend('cpu'));

const dataset = tinyDataset(50, 1);
const options = { batchSize: 16, optimizer: sgd({ momentum: 0.9 }) };

describe('findLearningRate', () => {
  it('raises the rate in equal ratios and leaves the model as it was', async () => {
    const model = tinyModel({ dropout: 0.2 });
    const before = weightsOf(model);
    const tensors = memory().numTensors;
    const told: number[] = [];
    const { points, suggestion } = await findLearningRate(model, dataset, {
      ...options,
      from: 1e-4,
      to: 1e-1,
      steps: 31,
      onProgress: (done) => told.push(done),
    });
    expect(memory().numTensors).toBe(tensors);
    expect(weightsOf(model)).toEqual(before);
    // 4 steps an epoch: the rates go on over the epochs.
    expect(points.map(({ rate }) => rate)).toEqual(
      Array.from({ length: 31 }, (_, i) => expect.closeTo(1e-4 * 10 ** (i / 10), 10)),
    );
    expect(told).toEqual(Array.from({ length: 31 }, (_, i) => i + 1));
    expect(suggestion).toBe(steepest(points));
    expect(suggestion).toBeGreaterThan(1e-4);
    const again = await findLearningRate(model, dataset, {
      ...options,
      from: 1e-4,
      to: 1e-1,
      steps: 31,
    });
    expect(again.points).toEqual(points);
  });

  it('ends where the loss diverges, with the weights as they were', async () => {
    const model = tinyModel();
    const before = weightsOf(model);
    const { points } = await findLearningRate(model, dataset, { ...options, to: 1e9, steps: 60 });
    expect(points.length).toBeGreaterThan(10);
    expect(points.length).toBeLessThan(60);
    expect(points.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(weightsOf(model)).toEqual(before);
  });

  it('stops at a signal, with the weights as they were', async () => {
    const model = tinyModel();
    const before = weightsOf(model);
    const tensors = memory().numTensors;
    const controller = new AbortController();
    const work = findLearningRate(model, dataset, {
      ...options,
      signal: controller.signal,
      onProgress: (done) => done === 3 && controller.abort(new Error('enough')),
    });
    await expect(work).rejects.toThrow('enough');
    expect(weightsOf(model)).toEqual(before);
    expect(memory().numTensors).toBe(tensors);
  });

  it.each([
    [{ from: 1, to: 0.1 }, 'to: got 0.1, takes a rate above from, 1'],
    [{ from: 0 }, 'from: got 0, takes a number above 0'],
    [{ steps: 9 }, 'steps: got 9'],
    [{ epochs: 3 }, "unknown option 'epochs'"],
  ])('refuses %j', async (given, message) => {
    await expect(findLearningRate(tinyModel(), dataset, given as never)).rejects.toThrow(message);
  });
});

describe('a range test', () => {
  it('smooths without a bias to 0 and ends above four times the lowest', () => {
    const test = new RangeTest();
    for (let i = 1; i <= 3; i++) test.add(i, 2);
    test.points.forEach(({ smoothed }) => expect(smoothed).toBeCloseTo(2, 12));
    // The fourth of four nearly equal weights: the mean is just below, then just above 8.
    const weights = [0.98 ** 3, 0.98 ** 2, 0.98, 1];
    const total = weights.reduce((a, b) => a + b, 0);
    const edge = 8 * total - 2 * (total - 1);
    test.add(4, edge * 0.999);
    expect(test.over).toBe(false);
    test.add(5, Number.NaN);
    expect(test.over).toBe(true);
    test.add(6, 1);
    expect(test.points).toHaveLength(4);
    const other = new RangeTest();
    for (let i = 1; i <= 3; i++) other.add(i, 2);
    other.add(4, edge * 1.001);
    expect(other.over).toBe(true);
  });

  it('suggests the rate of the steepest fall over its logarithm', () => {
    const losses = [0, 9, 8.9, 8.5, 8.3, 5, 4.9, 5, 6, 7, 8, 9, 9, 9, 9, 9];
    const points = losses.map((smoothed, i) => ({ rate: 10 ** (i - 8), loss: smoothed, smoothed }));
    expect(steepest(points)).toBe(10 ** (4 - 8));
    // A tenth of the points at the start and five at the end do not count.
    const late = points.map((point, i) => (i === 14 ? { ...point, smoothed: -50 } : point));
    expect(steepest(late)).toBe(10 ** (4 - 8));
    expect(steepest(points.slice(0, 7))).toBeUndefined();
    expect(steepest(points.map((point) => ({ ...point, smoothed: 1 })))).toBeUndefined();
  });
});
