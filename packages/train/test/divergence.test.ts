import { type Callback, sgd, train, TrainingDivergedError } from '@mnet/train';
import { memory, mul, setBackend, sum } from '@tensorflow/tfjs-core';
import { type LayersModel } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { quick, tinyModel, tinySplits, weightsOf } from './tiny.ts';

beforeAll(() => setBackend('cpu'));

const data = tinySplits();

describe('divergence', () => {
  it('stops with an error and gives back the last good weights', async () => {
    const model = tinyModel();
    let good: number[] = [];
    const seen: unknown[] = [];
    const callback: Callback = {
      onEpochEnd: (_record, m) => {
        good = weightsOf(m);
      },
      onError: (error) => void seen.push(error),
    };
    const before = memory().numTensors;
    const work = train(model, data, {
      ...quick,
      epochs: 9,
      optimizer: sgd(),
      schedule:
        ({ stepsPerEpoch }) =>
        (step) =>
          step < 2 * stepsPerEpoch + 1 ? 0.01 : 1e38,
      callbacks: [callback],
    });
    const error = await work.then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(TrainingDivergedError);
    expect(error).toMatchObject({ epoch: 3, step: 3 });
    expect(String(error)).toMatch(
      /training diverged: the loss was (NaN|Infinity) at step 3 of epoch 3, at a learning rate of 1e\+38. The model has the weights of the end of epoch 2 again/,
    );
    expect(seen).toEqual([error]);
    expect(weightsOf(model)).toEqual(good);
    expect(memory().numTensors).toBe(before);
  });

  it('is seen in the weights where the last loss was finite', async () => {
    const model = tinyModel();
    const initial = weightsOf(model);
    const work = train(model, data, {
      epochs: 1,
      batchSize: 48,
      loss: (logits) => sum(mul(logits, 0)),
      optimizer: { ...sgd(), bind: () => poisoner(model) },
      ema: { decay: 0.5 },
    });
    await expect(work).rejects.toThrow(
      /the weight .* was NaN or infinite at step 1 of epoch 1.*its initial weights again/,
    );
    expect(weightsOf(model)).toEqual(initial);
  });
});

/** An optimizer that writes NaN. */
function poisoner(model: LayersModel) {
  const bound = sgd().bind([]);
  return {
    ...bound,
    step: () => {
      model.setWeights(model.getWeights().map((w) => mul(w, Number.NaN)));
    },
  };
}
