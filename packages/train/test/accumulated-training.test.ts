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
import type { LayersModel } from '@tensorflow/tfjs-layers';
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
    ).rejects.toThrow('resume: true goes on from its last checkpoint');
    expect(memory().numTensors).toBe(before + weights);
    const resumed = tinyModel();
    await train(resumed, data, { ...options, run, resume: true });
    expect(weightsOf(resumed)).toEqual(weightsOf(straight));
  },
);

it('the moving average moves where there was an update, and only there', async () => {
  /** The first weight, of the kernel, after each epoch. */
  const updated = async (average: boolean) => {
    const seen: (number | undefined)[] = [];
    const onEpochEnd = (_: unknown, model: LayersModel): void =>
      void seen.push(weightsOf(model)[0]);
    const optimizer = accumulate(sgd(), { steps: 6 });
    const plain = { ...options, epochs: 2, optimizer, callbacks: [{ onEpochEnd }] };
    const { ema: _, ...without } = plain;
    await train(tinyModel(), data, average ? { ...plain, ema: { decay: 0.5 } } : without);
    return seen;
  };
  const [averages, weights] = [await updated(true), await updated(false)];
  // Three of six steps: neither the weights nor their average have moved, but for batch normalization's statistics.
  const kernel = weightsOf(tinyModel())[0];
  expect([averages[0], weights[0]]).toEqual([kernel, kernel]);
  // Six: one update, of which the average has taken some.
  const [average, weight] = [averages[1], weights[1]];
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

it('a training that would end before its first update is refused', async () => {
  const short = (optimizer: Optimizer) =>
    train(tinyModel(), data, { ...options, optimizer, ema: { decay: 0.5 } });
  const ten = accumulate(sgd(), { steps: 10 });
  for (const optimizer of [ten, chain(clipByGlobalNorm(1), ten)]) {
    await expect(short(optimizer)).rejects.toThrow(
      'optimizer: got one update in 10 steps, takes at most the 9 steps of the training for it',
    );
  }
  const { status } = await short(accumulate(sgd(), { steps: 9 }));
  expect(status).toBe('finished');
});

it('look-ahead counts updates', async () => {
  const looking = (every: number) => train(tinyModel(), data, { ...options, lookahead: { every } });
  await expect(looking(5)).rejects.toThrow(
    'lookahead.every: got 5, takes at most the 4 updates of the training',
  );
  expect((await looking(4)).status).toBe('finished');
});
