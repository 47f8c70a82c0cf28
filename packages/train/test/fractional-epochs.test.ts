import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linear, progressBar, sgd, train, type TrainInfo, type TrainOptions } from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { figures, tinyModel, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-fractions-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
// Seven steps an epoch, the last one of six images.
const seven = { batchSize: 7, optimizer: sgd({ momentum: 0.9 }), schedule: linear({ peak: 0.02 }) };

async function trained(options: Partial<TrainOptions> & { epochs: number }) {
  const model = tinyModel();
  const result = await train(model, data, { ...seven, ...options });
  return { result, weights: weightsOf(model) };
}

describe('a fraction of an epoch', () => {
  it('cuts the last one short, and counts its own images', async () => {
    let info: TrainInfo | undefined;
    let written = '';
    const stream = { write: (text: string) => (written += text) };
    const onTrainBegin = (told: TrainInfo) => void (info = told);
    const { result } = await trained({
      epochs: 1.4, // 9.8 steps
      callbacks: [{ onTrainBegin }, progressBar({ stream, interval: 0 })],
    });
    expect(info).toMatchObject({ epochs: 2, stepsPerEpoch: 7, steps: 10 });
    expect(result.status).toBe('finished');
    expect(result.history.map(({ step }) => step)).toEqual([7, 10]);
    expect(result.history[1]?.validationLoss).toBeDefined();
    // Of 21 images: what is a share of them is a whole number of images.
    expect((result.history[1]?.trainAccuracy as number) * 21).toBeCloseTo(
      Math.round((result.history[1]?.trainAccuracy as number) * 21),
      9,
    );
    expect(result.record.options['epochs']).toBe(1.4);
    expect(written).toContain('2 epochs of 7 steps of 7, 10 in all');
    expect(written).toContain('epoch 2/2  100.0%');
  });

  it('ends with the schedule, whose last step is that of the training', async () => {
    const rates: number[] = [];
    const onStepEnd = ({ learningRate }: { learningRate: number }) => void rates.push(learningRate);
    await trained({ epochs: 0.7, callbacks: [{ onStepEnd }] }); // 4.9 steps
    const expected = [1, 0.8, 0.6, 0.4, 0.2].map((share) => 0.02 * share);
    expect(rates).toHaveLength(5);
    rates.forEach((rate, i) => expect(rate).toBeCloseTo(expected[i] as number, 12));
  });

  it.each([
    [3 / 7, 3],
    [0.1 * 3 * 10, 21],
    [1e-9, 1],
    [2, 14],
  ])('of %d is %i steps, however a product is rounded', async (epochs, steps) => {
    const { result } = await trained({ epochs });
    expect(result.history.at(-1)?.step).toBe(steps);
  });

  it('goes on to the same bits, and is given back when it is complete', async () => {
    const options = { epochs: 1.4, checkpointEverySteps: 2 };
    const whole = await trained({ epochs: 1.4 });
    for (const at of [6, 8, 9]) {
      const run = join(root, `at-${at}`);
      let steps = 0;
      const onStepEnd = (): void => {
        if (++steps === at) throw new Error('dead');
      };
      await expect(trained({ ...options, run, callbacks: [{ onStepEnd }] })).rejects.toThrow(
        'dead',
      );
      for (const _ of ['goes on', 'is given back']) {
        const { result, weights } = await trained({ ...options, run, resume: true });
        expect(weights).toEqual(whole.weights);
        expect(figures(result)).toEqual(figures(whole.result));
      }
    }
  });
});
