// A step of the training loop hands its work over and reads its figures: nothing between waits for what was launched.
import { mnet, pickBackend, setThreads } from '@mnet/backend';
import { shapes10 } from '@mnet/data';
import { distill, hintonKd } from '@mnet/distill';
import { createModel } from '@mnet/models';
import {
  accumulate,
  adam,
  chain,
  clipByGlobalNorm,
  type Optimizer,
  rmsprop,
  sgd,
  train,
  type TrainOptions,
} from '@mnet/train';
import { afterAll, beforeAll, expect, test } from 'vitest';

beforeAll(async () => {
  await pickBackend({ prefer: 'mnet', threads: 2 });
});
afterAll(() => setThreads(1));

const steps = 12;
// After what is run for the first time, and before the last step, whose read finds all done.
const [first, last] = [4, 10];
const data = shapes10({ train: 8 * steps, validation: 8, test: 8, seed: 3 });
const input = { classes: 10, inputShape: [32, 32, 3], batchNorm: { momentum: 0.9 } } as const;

/** Waits of a step, the mean over some in the middle of an epoch. */
async function waitsOfStep(
  run: (options: TrainOptions) => Promise<unknown>,
  options: Partial<TrainOptions>,
): Promise<number> {
  let [done, before, after] = [0, 0, 0];
  const counting = {
    onStepEnd() {
      done += 1;
      if (done === first) before = mnet().waits;
      if (done === last) after = mnet().waits;
    },
  };
  await run({ epochs: 1, batchSize: 8, seed: 1, ...options, callbacks: [counting] });
  return (after - before) / (last - first);
}

const optimizers: Record<string, Optimizer> = {
  Adam: adam(),
  'clipped SGD': chain(clipByGlobalNorm(1), sgd({ momentum: 0.9 })),
  RMSprop: rmsprop({ momentum: 0.9, centered: true }),
  'accumulated Adam': accumulate(chain(clipByGlobalNorm(1), adam()), { steps: 2 }),
};

test.each(Object.entries(optimizers))('%s: one wait a step, the read', async (_, optimizer) => {
  const model = createModel('mobilenet_v2', { ...input, width: 0.25 });
  const options = {
    optimizer,
    augment: { crop: { padding: 4 }, flip: true },
    ema: { decay: 0.9 },
    labelSmoothing: 0.1,
  };
  expect(await waitsOfStep((given) => train(model, { train: data.train }, given), options)).toBe(1);
});

test.each(['mobilenet_v1', 'mobilenet_v3_large', 'resnet18', 'normal_cnn'] as const)(
  '%s: one wait a step',
  async (name) => {
    const model = createModel(name, { ...input, width: 0.25 });
    const run = (given: TrainOptions) => train(model, { train: data.train }, given);
    expect(await waitsOfStep(run, {})).toBe(1);
  },
);

test('a distillation, with its teacher at each step: one wait', async () => {
  const teacher = createModel('resnet18', { ...input, width: 0.25 });
  const student = createModel('mobilenet_v1', { ...input, width: 0.25 });
  const waits = await waitsOfStep(
    ({ epochs, ...given }) =>
      distill(student, {
        ...given,
        epochs,
        teacher,
        data,
        losses: [hintonKd({ temperature: 4 })],
        alpha: 0.5,
        evaluateTeacher: false,
      }),
    { augment: { crop: { padding: 4 } } },
  );
  expect(waits).toBe(1);
});
