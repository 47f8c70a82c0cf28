import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  accumulate,
  adam,
  type BoundOptimizer,
  chain,
  clipByGlobalNorm,
  type Optimizer,
  sgd,
  train,
  type TrainOptions,
} from '@mnet/train';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tinyModel, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-accumulated-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
// Three steps an epoch, so that epochs end between updates too.
const options: TrainOptions = {
  epochs: 3,
  batchSize: 16,
  optimizer: accumulate(chain(clipByGlobalNorm(0.5), adam({ learningRate: 0.05 })), { steps: 2 }),
  ema: { decay: 0.8 },
  seed: 2,
};

it.each([1, 2, 3, 4])(
  'a training that ends after step %i between updates goes on to the same bits',
  async (stop) => {
    const straight = tinyModel();
    await train(straight, data, options);
    const run = join(root, `run${stop}`);
    const controller = new AbortController();
    let steps = 0;
    const before = memory().numTensors;
    const halted = tinyModel();
    const weights = memory().numTensors - before;
    await expect(
      train(halted, data, {
        ...options,
        run,
        signal: controller.signal,
        callbacks: [{ onStepEnd: () => void (++steps === stop && controller.abort()) }],
      }),
    ).rejects.toThrow('resume: true goes on from there');
    expect(memory().numTensors).toBe(before + weights);
    const resumed = tinyModel();
    await train(resumed, data, { ...options, run, resume: true });
    expect(weightsOf(resumed)).toEqual(weightsOf(straight));
  },
);

it('the moving average moves where there was an update, and only there', async () => {
  const updated = (epochs: number, average: boolean) => {
    const model = tinyModel();
    const plain = { ...options, epochs, optimizer: accumulate(sgd(), { steps: 6 }) };
    const { ema: _, ...without } = plain;
    return train(model, data, average ? { ...plain, ema: { decay: 0.5 } } : without).then(() =>
      weightsOf(model),
    );
  };
  // Three of six steps: neither the weights nor their average have moved, but for batch normalization's statistics.
  const kernel = weightsOf(tinyModel())[0];
  expect((await updated(1, true))[0]).toEqual(kernel);
  // Six: one update, of which the average has taken some.
  const [average, weight] = [(await updated(2, true))[0], (await updated(2, false))[0]];
  expect(average).not.toEqual(kernel);
  expect(average).not.toEqual(weight);
});

it('an optimizer that does not count its updates is refused', async () => {
  const { updates: _, ...bound } = { ...sgd().bind([]), updates: 0 };
  const careless: Optimizer = { ...sgd(), name: 'mine', bind: () => bound as BoundOptimizer };
  await expect(train(tinyModel(), data, { ...options, optimizer: careless })).rejects.toThrow(
    "optimizer: 'mine' gives undefined as its count of updates, takes a number",
  );
});
