import { memory, setBackend, tensor1d, tidy, variable, type Variable } from '@tensorflow/tfjs-core';
import { sgd, train, type TrainOptions } from '@mnet/train';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TrainedTensors } from '../src/trained-tensors.ts';
import { KeptWeights } from '../src/training/kept-weights.ts';
import { tinyModel, tinySplits } from './tiny.ts';

beforeAll(() => setBackend('cpu'));

/** A weight of the model, and one of the objective. */
let weight: Variable;
let adapter: Variable;
beforeEach(() => {
  weight = variable(tensor1d([1, 2]));
  adapter = variable(tensor1d([3]));
  return () => {
    weight.dispose();
    adapter.dispose();
  };
});

function tensors(ema?: { decay: number; warmup: boolean }): TrainedTensors {
  const model = { all: [weight], trainable: [weight] };
  return new TrainedTensors(model, [adapter], {
    optimizer: sgd({ momentum: 0.9 }),
    ema,
    lookahead: undefined,
    freeze: [],
  });
}
const set = (to: readonly number[]): void =>
  tidy(() => {
    weight.assign(tensor1d([to[0] ?? 0, to[1] ?? 0]));
    adapter.assign(tensor1d([to[2] ?? 0]));
  });
const now = (): number[] => [...weight.dataSync(), ...adapter.dataSync()];

describe('the weights that a training ends with', () => {
  it('are the last ones, without those of the objective', async () => {
    const kept = await KeptWeights.from(tensors());
    set([4, 5, 6]);
    kept.keepGood(await kept.tensors.read(), { epoch: 1, step: 0 });
    set([7, 8, 9]);
    expect(await kept.settle()).toEqual([Float32Array.of(4, 5)]);
    expect(now()).toEqual([4, 5, 9]);
    kept.dispose();
  });

  it('are the averaged ones, where there are some', async () => {
    const kept = await KeptWeights.from(tensors({ decay: 0.5, warmup: false }));
    set([3, 4, 6]);
    kept.tensors.ema?.update(1);
    kept.keepGood(await kept.tensors.read(), { epoch: 1, step: 0 });
    expect(await kept.settle()).toEqual([Float32Array.of(2, 3)]);
    kept.dispose();
  });

  it('are the best ones rather than the averaged, also after they were stored', async () => {
    const options = { decay: 0.5, warmup: false };
    const kept = await KeptWeights.from(tensors(options));
    kept.keepBest([Float32Array.of(0.5, 0.25)]);
    const state = await kept.state(await kept.tensors.read());
    expect(state.best).toEqual([Float32Array.of(0.5, 0.25)]);
    expect(await kept.settle()).toEqual(state.best);
    kept.dispose();
    const meter = { images: 0, loss: 0, correct: 0, terms: {}, seconds: 0 };
    const progress = { epoch: 1, step: 0, meter, history: [] };
    const stored = { ...state, progress, shapes: [[2], [1]], file: 'checkpoint' };
    set([7, 8, 9]);
    const again = await KeptWeights.from(tensors(options), stored);
    expect(now()).toEqual([1, 2, 3]);
    expect(await again.settle()).toEqual(state.best);
    again.dispose();
    await expect(KeptWeights.from(tensors(), { ...stored, shapes: [[3], [1]] })).rejects.toThrow(
      'checkpoint: made with another model',
    );
  });
});

it('goes back to the last good ones, of the objective too', async () => {
  const kept = await KeptWeights.from(tensors());
  set([4, 5, 6]);
  kept.rollBack();
  expect(now()).toEqual([1, 2, 3]);
  set([7, 8, 9]);
  kept.keepGood(await kept.tensors.read(), { epoch: 1, step: 0 });
  set([Number.NaN, 0, 0]);
  kept.rollBack();
  expect(now()).toEqual([7, 8, 9]);
  kept.dispose();
});

it('judges the averaged weights and gives the trained ones back, also after an error', async () => {
  const before = memory().numTensors;
  const kept = await KeptWeights.from(tensors({ decay: 0.5, warmup: false }));
  set([3, 4, 6]);
  kept.tensors.ema?.update(1);
  const live = await kept.tensors.read();
  const judged: unknown[] = [];
  const after = await kept.whileJudged(live, async (counted) => {
    await Promise.resolve();
    judged.push(now(), counted);
    return true;
  });
  expect(after).toBe(live);
  expect(judged).toEqual([[2, 3, 6], [Float32Array.of(2, 3)]]);
  expect(now()).toEqual([3, 4, 6]);
  const failing = kept.whileJudged(live, () => Promise.reject(new Error('bad')));
  await expect(failing).rejects.toThrow('bad');
  expect(now()).toEqual([3, 4, 6]);
  kept.dispose();
  expect(memory().numTensors).toBe(before);

  const plain = await KeptWeights.from(tensors());
  for (const changed of [false, true]) {
    const values = await plain.whileJudged(live, (counted) => {
      expect(counted).toEqual([Float32Array.of(3, 4)]);
      set([7, 8, 9]);
      return Promise.resolve(changed);
    });
    expect(values).toEqual(changed ? [Float32Array.of(7, 8), Float32Array.of(9)] : live);
  }
  plain.dispose();
});

it('the weights are read once an epoch, and again where a callback may have changed them', async () => {
  const read = vi.spyOn(TrainedTensors.prototype, 'read');
  const readsOf = async (options: Partial<TrainOptions>): Promise<number> => {
    read.mockClear();
    await train(tinyModel(), tinySplits(), { epochs: 3, batchSize: 16, ...options });
    return read.mock.calls.length;
  };
  const callbacks = [{ onEpochEnd: () => undefined }];
  // Twice before the first step.
  expect(await readsOf({ callbacks: [{ onStepEnd: () => undefined }] })).toBe(2 + 3);
  expect(await readsOf({ callbacks })).toBe(2 + 6);
  expect(await readsOf({ callbacks, ema: { decay: 0.5 } })).toBe(2 + 3);
  read.mockRestore();
});
