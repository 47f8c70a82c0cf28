import {
  adam,
  adamW,
  type Callback,
  constant,
  cosine,
  type EpochRecord,
  evaluate,
  sgd,
  type StepInfo,
  train,
  type TrainOptions,
  TrainingDivergedError,
} from '@mnet/train';
import {
  losses,
  memory,
  mul,
  oneHot,
  type Scalar,
  setBackend,
  sum,
  type Tensor1D,
  type Tensor2D,
  train as stock,
} from '@tensorflow/tfjs-core';
import {
  input as inputOf,
  type LayersModel,
  layers,
  model as modelOf,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { figures, tinyDataset, tinyModel, tinySplits, weightsOf } from './tiny.ts';

beforeAll(() => setBackend('cpu'));

const data = tinySplits();
const quick = { epochs: 2, batchSize: 16, optimizer: adam({ learningRate: 0.01 }) };

async function trained(options: Partial<TrainOptions> = {}, model = tinyModel()) {
  const result = await train(model, data, { ...quick, ...options });
  return { model, result, weights: weightsOf(model) };
}

describe('train', () => {
  it('learns, and tells what it did', async () => {
    const { model, result } = await trained({
      epochs: 15,
      optimizer: sgd({ momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
      schedule: cosine({ peak: 0.1, warmupEpochs: 1 }),
    });
    expect(result.test?.accuracy).toBeGreaterThan(0.8);
    expect(result.history).toHaveLength(15);
    const [first, last] = [result.history[0], result.history.at(-1)] as [EpochRecord, EpochRecord];
    expect(last.trainLoss).toBeLessThan(first.trainLoss / 2);
    expect(last.step).toBe(45);
    expect(first.learningRate).toBeCloseTo(0.075, 12);
    const again = await evaluate(model, data.validation);
    expect(last.validationLoss).toBe(again.loss);
    expect(last.validationAccuracy).toBe(again.accuracy);
    expect(result.best.validationAccuracy).toBe(
      Math.max(...result.history.map((r) => r.validationAccuracy ?? 0)),
    );
    expect(result.status).toBe('finished');
    expect(result.record).toMatchObject({
      format: 2,
      status: 'finished',
      name: 'tiny',
      model: { name: 'tiny', trainableParameters: 227, nonTrainableParameters: 8 },
      dataset: { name: 'tiny', train: 48, validation: 24, test: 24 },
      environment: { backend: 'cpu', node: process.version },
      objective: { name: 'crossEntropy', labelSmoothing: 0 },
      options: { seed: 0, optimizer: { name: 'sgd' }, schedule: { name: 'cosine', peak: 0.1 } },
    });
    expect(result.test?.perClassAccuracy).toHaveLength(3);
  });

  it('counts loss and accuracy over the images of an epoch, also where the last batch is smaller', async () => {
    const model = tinyModel();
    // At a rate of 0 the loss over the epoch is that of the initial weights, in training mode.
    const seen: StepInfo[] = [];
    const { history } = await train(
      model,
      { train: tinyDataset(20, 1) },
      {
        epochs: 1,
        batchSize: 16,
        optimizer: sgd(),
        schedule: constant(0),
        callbacks: [{ onStepEnd: (info) => void seen.push(info) }],
      },
    );
    expect(seen.map(({ step }) => step)).toEqual([1, 2]);
    expect(seen.at(-1)?.loss).toBe(history[0]?.trainLoss);
    const [first = 0, last = 0] = seen.map(({ stepLoss }) => stepLoss);
    expect(seen[0]?.loss).toBe(first);
    expect(seen.at(-1)?.loss).toBeCloseTo((16 * first + 4 * last) / 20, 12);
    expect(last).not.toBe(first);
    expect((history[0]?.trainAccuracy ?? 0) * 20).toBeCloseTo(
      Math.round((history[0]?.trainAccuracy ?? 0) * 20),
      9,
    );
    const dropped = await train(
      tinyModel(),
      { train: tinyDataset(20, 1) },
      {
        epochs: 1,
        batchSize: 16,
        dropLast: true,
      },
    );
    expect(dropped.history[0]?.step).toBe(1);
  });

  it('gives the same bits for the same seed, others for another', async () => {
    const options = { augment: { crop: { padding: 1 }, flip: true } };
    const one = await trained({ ...options, seed: 7 }, tinyModel({ dropout: 0.3 }));
    const two = await trained({ ...options, seed: 7 }, tinyModel({ dropout: 0.3 }));
    const three = await trained({ ...options, seed: 8 }, tinyModel({ dropout: 0.3 }));
    expect(one.weights).toEqual(two.weights);
    expect(one.weights).not.toEqual(three.weights);
    expect(figures(one.result)).toEqual(figures(two.result));
  });

  it('draws another dropout mask at each step, and leaves the layer its seed', async () => {
    const masks = async (): Promise<unknown[]> => {
      const model = tinyModel({ dropout: 0.5 });
      const dropout = model.layers.find(
        (l) => l.getClassName() === 'Dropout',
      ) as LayersModel['layers'][0];
      const seeds: unknown[] = [];
      const call = dropout.call.bind(dropout);
      dropout.call = (inputs, options) => {
        if (options.training) seeds.push(dropout.getConfig().seed);
        return call(inputs, options);
      };
      await trained({}, model);
      expect(dropout.getConfig().seed).toBeUndefined();
      return seeds;
    };
    const seeds = await masks();
    expect(new Set(seeds).size).toBe(6);
    expect(await masks()).toEqual(seeds);
  });

  it('leaves no tensor behind', async () => {
    const model = tinyModel({ dropout: 0.1, l2: true });
    await train(model, data, quick);
    const before = memory().numTensors;
    const counts: number[] = [];
    await train(model, data, {
      ...quick,
      epochs: 4,
      ema: { decay: 0.9 },
      bestWeights: true,
      augment: { flip: true },
      callbacks: [{ onEpochEnd: () => void counts.push(memory().numTensors) }],
    });
    expect(memory().numTensors).toBe(before);
    expect(new Set(counts).size).toBe(1);
  });

  it("trains with tfjs's own optimizers", async () => {
    const { result } = await trained({
      epochs: 8,
      optimizer: stock.adam(0.02),
      schedule: cosine({ peak: 0.02 }),
    });
    expect(result.test?.accuracy).toBeGreaterThan(0.6);
    expect(result.record.options).toMatchObject({ optimizer: { name: 'Adam' } });
  });

  it('weighs classes, and knows how often each is there', async () => {
    const plain = await trained({ labelSmoothing: 0.1 });
    const equal = await trained({ labelSmoothing: 0.1, classWeights: [2, 2, 2] });
    equal.result.history.forEach(({ trainLoss }, i) => {
      expect(trainLoss).toBeCloseTo(plain.result.history[i]?.trainLoss as number, 5);
    });
    expect(equal.result.record.objective).toEqual({
      name: 'crossEntropy',
      labelSmoothing: 0.1,
      classWeights: [2, 2, 2],
    });
    // 6 images of the first class, 12 of the second, 18 of the third.
    const labels = Int32Array.from({ length: 36 }, (_, i) => (i < 6 ? 0 : i < 18 ? 1 : 2));
    const skewed = { train: { ...tinyDataset(36, 1), labels } };
    const weightsAfter = async (classWeights: 'balanced' | readonly number[]) => {
      const model = tinyModel();
      await train(model, skewed, { ...quick, classWeights });
      return weightsOf(model);
    };
    const balanced = await weightsAfter('balanced');
    expect(balanced).toEqual(await weightsAfter([36 / 18, 36 / 36, 36 / 54]));
    expect(balanced).not.toEqual(await weightsAfter([1, 1, 1]));
    const before = memory().numTensors;
    await trained({ classWeights: [0, 0, 1] }, tinyModel());
    const after = memory().numTensors;
    await trained({}, tinyModel());
    // As many as a model and its training leave without weights.
    expect(after - before).toBe(memory().numTensors - after);
  });

  it('takes any loss of logits and labels', async () => {
    const named = function squaredError(logits: Tensor2D, labels: Tensor1D): Scalar {
      return losses.meanSquaredError(oneHot(labels, 3), logits) as Scalar;
    };
    const { result } = await trained({ loss: named, epochs: 4 });
    expect(result.record.objective).toEqual({ name: 'squaredError' });
    expect(result.history[3]?.trainLoss).toBeLessThan(result.history[0]?.trainLoss ?? 0);
    const smooth = await trained({ labelSmoothing: 0.9 });
    expect(smooth.result.record.objective).toEqual({ name: 'crossEntropy', labelSmoothing: 0.9 });
    expect(smooth.weights).not.toEqual((await trained()).weights);
  });

  it("adds the layers' regularizers", async () => {
    const plain = await trained({ epochs: 1, schedule: constant(0) });
    const regular = await trained({ epochs: 1, schedule: constant(0) }, tinyModel({ l2: true }));
    const kernel = [...(tinyModel().getWeights()[0]?.dataSync() ?? [])];
    const penalty = kernel.reduce((total, w) => total + 0.01 * Math.abs(w) + 0.01 * w * w, 0);
    expect(
      (regular.result.history[0]?.trainLoss ?? 0) - (plain.result.history[0]?.trainLoss ?? 0),
    ).toBeCloseTo(penalty, 5);
  });

  it('trains what is trainable alone', async () => {
    const model = tinyModel();
    (model.layers[0] as LayersModel['layers'][0]).trainable = false;
    const frozen = [...(model.layers[0]?.getWeights()[0]?.dataSync() ?? [])];
    await train(model, data, quick);
    expect([...(model.layers[0]?.getWeights()[0]?.dataSync() ?? [])]).toEqual(frozen);
    model.trainable = false;
    await expect(train(model, data, quick)).rejects.toThrow('has no trainable weights');
  });
});

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

describe('callbacks', () => {
  it('are told of everything in order', async () => {
    const events: string[] = [];
    await trained({
      epochs: 2,
      batchSize: 24,
      callbacks: [
        {
          onTrainBegin: ({ stepsPerEpoch, images }) =>
            void events.push(`${stepsPerEpoch} ${images}`),
          onStepEnd: ({ epoch, step }) => void events.push(`step ${epoch}.${step}`),
          onProgress: ({ task, done, total }) => void events.push(`${task} ${done}/${total}`),
          onEpochEnd: ({ epoch }) => void events.push(`epoch ${epoch}`),
          onTrainEnd: async () => {
            await Promise.resolve();
            events.push('end');
          },
        },
      ],
    });
    expect(events.join(', ')).toBe(
      '2 48, step 1.1, step 1.2, validation 24/24, epoch 1, ' +
        'step 2.1, step 2.2, validation 24/24, epoch 2, test 24/24, end',
    );
  });

  it('end the training by throwing', async () => {
    const callback: Callback = {
      onStepEnd: () => {
        throw new Error('stop here');
      },
    };
    const model = tinyModel();
    const before = memory().numTensors;
    await expect(trained({ callbacks: [callback] }, model)).rejects.toThrow('stop here');
    expect(memory().numTensors).toBe(before);
  });
});

describe('bad arguments', () => {
  const one = { train: data.train };
  const gray = { ...tinyDataset(4, 1), shape: [6, 6, 1], mean: [0], std: [1] };
  const two = { ...data.train, classes: ['a', 'b'], labels: new Int32Array(48) };

  it.each([
    [{ epochs: 0 }, 'epochs: got 0, takes a number above 0'],
    [{ epochs: Number.NaN }, 'epochs: got NaN, takes a number above 0'],
    [{ batchsize: 3 }, "unknown option 'batchsize', takes epochs, batchSize"],
    [{ batchSize: 2.5 }, 'batchSize: got 2.5'],
    [{ optimizer: 'adam' }, "optimizer: got 'adam', takes sgd(), adam()"],
    [{ schedule: 0.1 }, 'schedule: got 0.1, takes constant(rate)'],
    [{ schedule: () => 0.1 }, 'schedule: its result is no function'],
    [{ schedule: () => () => Number.NaN }, 'its rate at step 0: got NaN'],
    [{ loss: 'mse' }, "loss: got 'mse', takes (logits, labels) => Scalar"],
    [{ loss: () => 1, labelSmoothing: 0.1 }, 'loss, labelSmoothing: got 2 of them'],
    [{ loss: () => undefined }, "loss: got undefined as the result of 'loss', takes a Scalar"],
    [{ loss: () => 1 }, "loss: got 1 as the result of 'loss', takes a Scalar"],
    [
      { loss: (logits: Tensor2D) => sum(logits, 1) },
      "loss: got a tensor [48] as the result of 'loss', takes a Scalar, such as the mean",
    ],
    [{ labelSmoothing: 2 }, 'labelSmoothing: got 2'],
    [{ ema: { decay: 2 } }, 'ema.decay: got 2'],
    [{ ema: { beta: 2 } }, "ema: unknown option 'beta'"],
    [{ augment: { zoom: true } }, 'zoom'],
    [{ augment: { crop: { padding: 7 } }, run: 'x' }, 'augment.crop.padding: got 7'],
    [{ augment: true }, 'augment: got true, takes an object such as'],
    [{ signal: 'SIGINT' }, "signal: got 'SIGINT', takes an AbortSignal"],
    [{ run: '' }, "run: got '', takes the path of a folder"],
    [{ earlyStopping: { patience: 2, metric: 'loss' } }, "earlyStopping.metric: got 'loss'"],
    [{ resume: true }, 'resume: got true without run'],
    [{ overwrite: true }, 'overwrite: got true without run'],
    [{ overwrite: true, resume: true, run: 'x' }, 'got true for both'],
    [{ batchSize: 49, dropLast: true }, 'takes at most the 48 training images'],
    [{ earlyStopping: { patience: 0 } }, 'earlyStopping.patience: got 0'],
    [{ callbacks: {} }, 'callbacks: got Object, takes an array'],
    [{ objective: {} }, 'objective: got Object, takes an Objective'],
    [{ classWeights: [1, 2] }, 'classWeights: got 2 of them, takes one for each of the 3 classes'],
    [{ classWeights: [0, 0, 0] }, 'classWeights: got no weight above 0'],
    [{ classWeights: [1, -1, 1] }, 'classWeights[1]: got -1'],
    [{ classWeights: 'even' }, "classWeights: got 'even', takes 'balanced', or numbers from 0"],
    [{ classWeights: [1, 1, 1], loss: Math.max }, 'loss, classWeights: got 2 of them, takes one'],
    [
      { classWeights: 'balanced' },
      "classWeights: got 'balanced' and no training image of 'blue'",
      { train: tinyDataset(2, 1) },
    ],
    [{ bestWeights: true }, 'takes data.validation', one],
    [{ bestWeights: 'validationLoss' }, "got 'validationLoss' without validation", one],
    [
      { bestWeights: 'trainLoss' },
      "bestWeights: got 'trainLoss', takes one of 'validationAccuracy', 'validationLoss'",
    ],
    [{ bestWeights: 1 }, 'bestWeights: got 1, takes true or false'],
    [{ earlyStopping: { patience: 1 } }, "metric: 'trainLoss'", one],
    [{}, 'takes { train, validation?, test? } (write { train: dataset })', data.train],
    [{}, 'data: got null', null],
    [{}, 'data.train: got no images', { train: tinyDataset(0, 1) }],
    [{}, 'data.validation: it has 2 classes', { ...one, validation: two }],
    [{}, 'data.train', { train: gray }],
  ])(
    'are named, with what to write instead: %j',
    async (options, message, splits: object | null = data) => {
      const work = train(tinyModel(), splits as never, { epochs: 1, ...options } as never);
      await expect(work).rejects.toThrow(message);
    },
  );

  it('are found in the model', async () => {
    const soft = sequential({ layers: [layers.flatten({ inputShape: [6, 6, 3] })] });
    soft.add(layers.dense({ units: 3 }));
    soft.add(layers.softmax());
    const input = inputOf({ shape: [6, 6, 3] });
    const within = modelOf({ inputs: input, outputs: soft.apply(input) as SymbolicTensor });
    for (const each of [soft, within]) {
      await expect(train(each, data, quick)).rejects.toThrow('ends in a softmax, takes logits');
    }
  });
});

it('lets the event loop turn', async () => {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  // A clock by which every step takes a second, whatever the machine.
  let clock = 0;
  const now = vi.spyOn(performance, 'now').mockImplementation(() => (clock += 1000));
  await trained({ epochs: 10, optimizer: adamW() });
  now.mockRestore();
  clearImmediate(next);
  expect(turns).toBeGreaterThan(10);
});
