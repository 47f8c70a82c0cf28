import { constant, evaluate, sgd, type TrainOptions } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyModel, tinySplits, trained, weightsOf } from './tiny.ts';

beforeAll(() => setBackend('cpu'));

const data = tinySplits();

describe('choosing', () => {
  /** The rate that ruins the second epoch, after which the first is the best. */
  const ruin = Object.assign(
    ({ stepsPerEpoch }: { stepsPerEpoch: number }) =>
      (step: number) =>
        step < 4 * stepsPerEpoch ? 0.05 : 30,
    {},
  );

  it('ends with the best weights where that is asked for', async () => {
    const options = { epochs: 6, optimizer: sgd({ momentum: 0.9 }), schedule: ruin };
    const best = await trained({ ...options, bestWeights: true });
    const last = await trained(options);
    expect(best.result.best.epoch).toBeLessThanOrEqual(4);
    const again = await evaluate(best.model, data.validation);
    expect(again.accuracy).toBe(best.result.best.validationAccuracy);
    expect(again.loss).toBe(best.result.best.validationLoss);
    expect((await evaluate(last.model, data.validation)).accuracy).toBe(
      last.result.history[5]?.validationAccuracy,
    );
    expect(best.result.record.options).toMatchObject({ schedule: 'custom' });
  });

  it('ends with the weights of the lowest validation loss where that is asked for', async () => {
    const options = { epochs: 8, optimizer: sgd({ momentum: 0.9 }), schedule: ruin };
    const byLoss = await trained({ ...options, bestWeights: 'validationLoss' });
    const { history, best, record } = byLoss.result;
    const validation = history.map((r) => r.validationLoss as number);
    expect(best.epoch - 1).toBe(validation.indexOf(Math.min(...validation)));
    const again = await evaluate(byLoss.model, data.validation);
    expect(again.loss).toBe(best.validationLoss);
    expect(record).toMatchObject({ best, options: { bestWeights: 'validationLoss' } });
    // The two metrics do not agree here, so that they can be told apart.
    const byAccuracy = await trained({ ...options, bestWeights: 'validationAccuracy' });
    expect(byAccuracy.result.best.epoch).not.toBe(best.epoch);
    expect(byAccuracy.result.record.options).toMatchObject({ bestWeights: true });
    expect(byAccuracy.weights).toEqual((await trained({ ...options, bestWeights: true })).weights);
  });

  it('stops early after so many evaluations without improvement', async () => {
    const { result } = await trained({
      epochs: 20,
      schedule: constant(0),
      earlyStopping: { patience: 3 },
    });
    // At a rate of 0 only BatchNorm's statistics move: accuracy may still change, but not for 20 epochs.
    expect(result.status).toBe('stopped-early');
    const scores = result.history.map((r) => r.validationAccuracy ?? 0);
    const best = scores.indexOf(Math.max(...scores));
    expect(result.history).toHaveLength(best + 1 + 3);
    const loss = await trained({
      epochs: 6,
      earlyStopping: { metric: 'trainLoss', patience: 1, minDelta: 1e9 },
    });
    expect(loss.result.history).toHaveLength(2);
  });

  it('evaluates every so many epochs, and after the last', async () => {
    const { result } = await trained({ epochs: 5, evaluateEvery: 2 });
    expect(result.history.map((r) => r.validationLoss !== undefined)).toEqual([
      false,
      true,
      false,
      true,
      true,
    ]);
    const early = await trained({
      epochs: 5,
      evaluateEvery: 5,
      earlyStopping: { metric: 'trainLoss', patience: 1, minDelta: 1e9 },
    });
    const evaluated = early.result.history.map((r) => r.validationLoss !== undefined);
    expect(evaluated).toEqual([false, true]);
  });

  it('averages the weights as the formula says', async () => {
    const snapshots: number[][] = [];
    const options = { epochs: 1, schedule: constant(0.02), batchSize: 48 };
    // One step an epoch, so that the weights after each step can be had by training for fewer epochs.
    for (const epochs of [1, 2, 3]) {
      snapshots.push((await trained({ ...options, epochs })).weights);
    }
    const { weights } = await trained({
      ...options,
      epochs: 3,
      ema: { decay: 0.6, warmup: false },
    });
    let average = weightsOf(tinyModel());
    for (const w of snapshots) average = average.map((a, i) => 0.6 * a + 0.4 * (w[i] as number));
    weights.forEach((w, i) => expect(w).toBeCloseTo(average[i] as number, 5));
    const warm = await trained({ ...options, epochs: 1, ema: { decay: 0.999 } });
    const initial = weightsOf(tinyModel());
    const d = 2 / 11;
    warm.weights.forEach((w, i) => {
      const expected = d * (initial[i] as number) + (1 - d) * (snapshots[0]?.[i] as number);
      expect(w).toBeCloseTo(expected, 5);
    });
  });

  it('trains the same with and without an average', async () => {
    const lossOf = async (options: Partial<TrainOptions>) =>
      (await trained({ epochs: 3, ...options })).result.history.map((r) => r.trainLoss);
    expect(await lossOf({ ema: { decay: 0.9 } })).toEqual(await lossOf({}));
  });
});
