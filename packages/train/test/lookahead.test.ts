import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constant, readRun, sgd, train, type TrainOptions } from '@mnet/train';
import { memory, setBackend, tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { figures, tinyModel, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-lookahead-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
const folder = (): string => join(root, `run${++folders}`);
const data = tinySplits();
// Of one step an epoch, without momentum: a training from some weights goes on as a longer one would from there.
const single = { batchSize: 48, optimizer: sgd(), schedule: constant(0.1) };

async function trained(options: Partial<TrainOptions>, model = tinyModel()) {
  const result = await train(model, data, { epochs: 3, batchSize: 16, ...options });
  return { model, result, weights: weightsOf(model) };
}

function setWeights(model: LayersModel, values: readonly number[]): void {
  let from = 0;
  tidy(() => {
    const tensors = model.getWeights().map(({ shape, size }) => {
      const part = values.slice(from, from + size);
      from += size;
      return tensor(part, shape, 'float32');
    });
    model.setWeights(tensors);
  });
}

describe('lookahead', () => {
  it.each([
    { decay: 0.5, power: 0, epochs: 6 },
    { decay: 0.8, power: 3, epochs: 6 },
    { decay: 0.8, power: 1, epochs: 7 }, // the step after the last look back is left out
  ])('sets the weights back as the formula says, %j', async ({ decay, power, epochs }) => {
    const { weights } = await trained({
      ...single,
      epochs,
      lookahead: { every: 2, decay, power },
    });
    const model = tinyModel();
    let slow = weightsOf(model);
    for (let step = 2; step <= epochs; step += 2) {
      setWeights(model, slow);
      const fast = (await trained({ ...single, epochs: 2 }, model)).weights;
      const d = decay * (step / epochs) ** power;
      slow = slow.map((s, i) => d * s + (1 - d) * (fast[i] as number));
    }
    weights.forEach((w, i) => expect(w).toBeCloseTo(slow[i] as number, 5));
    expect(weights).not.toEqual(weightsOf(tinyModel()));
  });

  it('evaluates the slow weights, and trains on from the fast ones', async () => {
    const options = { ...single, epochs: 5, lookahead: { every: 3, decay: 0 } };
    const { result } = await trained(options);
    const plain = await trained({ ...single, epochs: 5 });
    const losses = result.history.map(({ trainLoss }) => trainLoss);
    expect(losses).toEqual(plain.result.history.map(({ trainLoss }) => trainLoss));
    // Before the first look back there are none but the fast ones.
    const fast = plain.result.history.map(({ validationLoss }) => validationLoss);
    const third = fast[2];
    expect(new Set(fast)).toHaveLength(5);
    const judged = result.history.map(({ validationLoss }) => validationLoss);
    expect(judged).toEqual([fast[0], fast[1], third, third, third]);
  });

  it('is averaged by ema, whose average counts', async () => {
    const options = { ...single, epochs: 4, lookahead: { every: 2, decay: 0.5 } };
    const slow = await trained(options);
    const averaged = await trained({ ...options, ema: { decay: 0 } });
    // An average of the last weights alone: those that the last step has been set back to.
    averaged.weights.forEach((w, i) => expect(w).toBeCloseTo(slow.weights[i] as number, 6));
    const smooth = await trained({ ...options, ema: { decay: 0.9 } });
    expect(smooth.weights).not.toEqual(slow.weights);
  });

  it('goes on to the same bits, wherever it died', async () => {
    const options = {
      optimizer: sgd({ momentum: 0.9, nesterov: true, learningRate: 0.05 }),
      lookahead: { every: 2, decay: 0.7, power: 2 },
    };
    const whole = await trained(options);
    for (const at of [1, 4, 5, 8]) {
      const run = folder();
      let steps = 0;
      const onStepEnd = (): void => {
        if (++steps === at) throw new Error('dead');
      };
      const dies = { ...options, run, checkpointEverySteps: 1, callbacks: [{ onStepEnd }] };
      await expect(trained(dies)).rejects.toThrow('dead');
      const { result, weights } = await trained({ ...options, run, resume: true });
      expect(weights).toEqual(whole.weights);
      expect(figures(result)).toEqual(figures(whole.result));
      expect(readRun(run).options['lookahead']).toEqual({ every: 2, decay: 0.7, power: 2 });
    }
  });

  it.each([false, true])(
    'ends as a training without it where it never looked back, bestWeights %s',
    async (bestWeights) => {
      const onEpochEnd = ({ epoch }: { epoch: number }) => (epoch === 2 ? 'stop' : undefined);
      const optimizer = sgd({ learningRate: 1 });
      const options = { optimizer, callbacks: [{ onEpochEnd }], bestWeights };
      const plain = await trained(options);
      expect(plain.result.best.epoch).toBe(1);
      // Three steps an epoch, of which six are made.
      const run = folder();
      const { weights, result } = await trained({ ...options, run, lookahead: { every: 7 } });
      expect(weights).toEqual(plain.weights);
      expect(figures(result)).toEqual(figures(plain.result));
      expect(result.best.epoch).toBe(1);
      const again = await trained({ ...options, run, resume: true, lookahead: { every: 7 } });
      expect(again.weights).toEqual(plain.weights);
      const once = await trained({ ...options, lookahead: { every: 6, decay: 0.5 } });
      expect(figures(once.result)[0]).toEqual(figures(plain.result)[0]);
      expect(figures(once.result)[1]).not.toEqual(figures(plain.result)[1]);
    },
  );

  it('leaves no tensors behind, and says what it takes', async () => {
    const model = tinyModel();
    await trained({ lookahead: {} }, model);
    const { numTensors } = memory();
    await trained({ lookahead: {} }, model);
    expect(memory().numTensors).toBe(numTensors);
    const refused = (lookahead: object, message: string) =>
      expect(trained({ lookahead })).rejects.toThrow(message);
    await refused(
      { every: 10 },
      'lookahead.every: got 10, takes at most the 9 updates of the training',
    );
    await refused({ every: 0 }, 'lookahead.every: got 0, takes a whole number from 1');
    await refused({ decay: 1.5 }, 'lookahead.decay: got 1.5');
    await refused({ alpha: 0.5 }, "lookahead: unknown option 'alpha'");
    const run = folder();
    await trained({ run });
    await expect(trained({ run, resume: true, lookahead: {} })).rejects.toThrow(
      'made with other settings (options.lookahead',
    );
  });
});
