import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  accumulate,
  chain,
  clipByGlobalNorm,
  evaluate,
  type Optimizer,
  readRun,
  sgd,
  train,
  type TrainOptions,
} from '@mnet/train';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel, tinySplits, weightsOf } from './tiny.ts';

const root = mkdtempSync(join(tmpdir(), 'mnet-freezing-'));
beforeAll(() => setBackend('cpu'));
afterAll(() => rmSync(root, { recursive: true }));

const data = tinySplits();
const quick = {
  epochs: 3,
  batchSize: 16,
  optimizer: sgd({ momentum: 0.9, weightDecay: 0.1, learningRate: 0.05 }),
};

/** Values of the convolution's kernel and of the classifier's after each epoch, the start first. */
async function kernels(options: Partial<TrainOptions>) {
  const model = tinyModel();
  const now = (): number[][] =>
    ['conv2d', 'dense'].map((name) => {
      const layer = model.layers.find((each) => each.name.startsWith(name));
      return [...(layer?.getWeights()[0]?.dataSync() ?? [])];
    });
  const seen = [now()];
  const onEpochEnd = (): void => void seen.push(now());
  const result = await train(model, data, { ...quick, ...options, callbacks: [{ onEpochEnd }] });
  return { result, model, conv: seen.map(([c]) => c), dense: seen.map(([, d]) => d) };
}

describe('freeze', () => {
  it('leaves variables as they are from an epoch on, momentum and decay included', async () => {
    const frozen = await kernels({ freeze: [{ filter: /^conv2d/, after: 1 }] });
    const plain = await kernels({});
    expect(frozen.conv[1]).toEqual(plain.conv[1]);
    expect(frozen.conv[1]).not.toEqual(frozen.conv[0]);
    expect(frozen.conv[3]).toEqual(frozen.conv[1]);
    expect(plain.conv[3]).not.toEqual(plain.conv[1]);
    expect(frozen.dense[3]).not.toEqual(frozen.dense[2]);
  });

  it.each([1, 2])('does so from the start, %i steps an update', async (steps) => {
    const optimizer = steps === 1 ? quick.optimizer : accumulate(quick.optimizer, { steps });
    const { conv, dense } = await kernels({ optimizer, freeze: [{ filter: /^conv2d/ }] });
    expect(conv[3]).toEqual(conv[0]);
    expect(dense[3]).not.toEqual(dense[0]);
  });

  it.each<[string, Optimizer]>([
    ['an optimizer', accumulate(sgd(), { steps: 2 })],
    ['a chain', chain(clipByGlobalNorm(1), accumulate(sgd(), { steps: 2 }))],
  ])(
    'leaves them as they are, whatever was gathered of gradients before, by %s',
    async (name, optimizer) => {
      // Three steps an epoch: the first ends between two updates.
      const seen: number[][] = [];
      const model = tinyModel();
      const kernel = (): number[] => [...(model.layers[0]?.getWeights()[0]?.dataSync() ?? [])];
      const start = kernel();
      const onStepEnd = (): void => void seen.push(kernel());
      await train(model, data, {
        ...quick,
        freeze: [{ filter: /^conv2d/, after: 1 }],
        optimizer,
        // Each step is done when it is told of.
        run: join(root, `left by ${name}`),
        checkpointEverySteps: 1,
        callbacks: [{ onStepEnd }],
      });
      const [, , frozen] = seen as [number[], number[], number[]];
      expect(frozen).not.toEqual(start);
      for (const later of [...seen.slice(3), kernel()]) expect(later).toEqual(frozen);
    },
  );

  it('goes on to the same bits, and is part of what a run is', async () => {
    const freeze = [{ filter: /^conv2d/, after: 2 }];
    const whole = await kernels({ freeze });
    const run = join(root, 'run');
    let steps = 0;
    const onStepEnd = (): void => {
      if (++steps === 8) throw new Error('dead');
    };
    const options = { ...quick, freeze, run, checkpointEverySteps: 1 };
    const dies = train(tinyModel(), data, { ...options, callbacks: [{ onStepEnd }] });
    await expect(dies).rejects.toThrow('dead');
    const model = tinyModel();
    await train(model, data, { ...options, resume: true });
    expect(weightsOf(model)).toEqual(weightsOf(whole.model));
    expect(readRun(run).options['freeze']).toEqual([{ filter: '/^conv2d/', after: 2 }]);
    await expect(train(tinyModel(), data, { ...quick, run, resume: true })).rejects.toThrow(
      'made with other settings (options.freeze',
    );
  });

  it('says what it takes', async () => {
    const refused = (freeze: unknown, message: string) =>
      expect(kernels({ freeze } as never)).rejects.toThrow(message);
    await refused(
      [{ filter: /^stem/ }],
      'freeze[0].filter: takes none of the 5 variables, which are',
    );
    await refused(
      [{ filter: 'kernels' }, { filter: ({ shape }: { shape: number[] }) => shape.length === 1 }],
      'freeze: got filters that take all 5 variables from the start, takes some that leave one',
    );
    await refused([{ filter: 'conv2d' }], "freeze[0].filter: got 'conv2d', takes 'all', 'kernels'");
    await refused([{ filter: 'all', after: 0.5 }], 'freeze[0].after: got 0.5');
    await refused('conv2d', "freeze: got 'conv2d', takes an array of { filter, after? }");
  });
});

describe('testViews', () => {
  it('that the test images do not take are told before the training', async () => {
    const run = join(root, 'shifted');
    const work = train(tinyModel(), data, { ...quick, run, testViews: { shift: 6 } });
    await expect(work).rejects.toThrow('testViews.shift: got 6, takes a whole number from 0 to 5');
    expect(() => readRun(run)).toThrow('holds no run');
  });

  it('are those of the test, and of no validation', async () => {
    const testViews = { mirror: true, shift: 1 };
    const { result, model } = await kernels({ testViews });
    expect(result.test?.loss).toBe((await evaluate(model, data.test, testViews)).loss);
    expect(result.test?.loss).not.toBe((await evaluate(model, data.test)).loss);
    const { loss } = await evaluate(model, data.validation);
    expect(result.history.at(-1)?.validationLoss).toBe(loss);
    expect(result.record.options['testViews']).toEqual(testViews);
    await expect(kernels({ testViews: { flip: true } as never })).rejects.toThrow(
      "testViews: unknown option 'flip', takes mirror, shift",
    );
  });
});
