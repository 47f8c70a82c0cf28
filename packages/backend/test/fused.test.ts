import { setThreads } from '@mnet/backend';
import type { Activation } from '@mnet/ops';
import {
  activations,
  batchNormInference,
  batchNormTrain,
  distillationLoss,
  scaleChannels,
  softmaxCrossEntropy,
} from '@mnet/ops';
import {
  grads,
  mul,
  setBackend,
  sum,
  type Tensor,
  tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { test } from 'vitest';
import { expectClose, numbers } from './compare.ts';

const runs = { numRuns: 60, seed: 99 };

/** Value and gradients of a function on one backend. */
async function evaluate(
  backend: string,
  inputs: { shape: number[]; values: Float32Array }[],
  f: (...tensors: Tensor[]) => Tensor,
): Promise<Float32Array[]> {
  await setBackend(backend);
  const tensors = inputs.map(({ shape, values }) => tensor(values, shape));
  const y = f(...tensors);
  const weight = tensor(numbers(y.size, 5), y.shape);
  const slopes = grads((...list: Tensor[]) => sum(mul(f(...list), weight)))(tensors);
  const out = [y, ...slopes].map((t) => t.dataSync() as Float32Array);
  for (const t of [...tensors, y, weight, ...slopes]) t.dispose();
  return out;
}

async function expectReference(
  inputs: { shape: number[]; values: Float32Array }[],
  f: (...tensors: Tensor[]) => Tensor,
  tolerance: number,
): Promise<void> {
  const want = await evaluate('cpu', inputs, f);
  const got = await evaluate('mnet', inputs, f);
  want.forEach((w, i) => expectClose(got[i] as Float32Array, w, tolerance));
}

const size = (shape: number[]): number => shape.reduce((a, b) => a * b, 1);
const input = (shape: number[], seed: number): { shape: number[]; values: Float32Array } => ({
  shape,
  values: numbers(size(shape), seed),
});

test('batch normalization, any activation and number of channels', async () => {
  const cases = fc.record({
    shape: fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 2, max: 5 }),
      fc.integer({ min: 1, max: 37 }),
    ),
    activation: fc.constantFrom<Activation>(...activations),
    residual: fc.boolean(),
    seed: fc.integer({ min: 1, max: 1e6 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ shape, activation, residual, seed }) => {
      const inputs = [input(shape, seed), input([shape[3]], seed + 1), input([shape[3]], seed + 2)];
      if (residual) inputs.push(input(shape, seed + 3));
      await expectReference(
        inputs,
        (x, gamma, beta, r) =>
          batchNormTrain(
            x as Tensor4D,
            { gamma: gamma as Tensor1D, beta: beta as Tensor1D },
            {
              // A large ε: with few values a channel may be almost constant, and 1 / √(variance + ε) anything.
              epsilon: 0.1,
              activation,
              ...(r ? { residual: r as Tensor4D } : {}),
            },
          ),
        2e-4,
      );
    }),
    runs,
  );
});

test('batch normalization in inference: kernel and gradient', async () => {
  const cases = fc.record({
    shape: fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 37 }),
    ),
    activation: fc.constantFrom<Activation>(...activations),
    residual: fc.boolean(),
    seed: fc.integer({ min: 1, max: 1e6 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ shape, activation, residual, seed }) => {
      const c = [shape[3]];
      const inputs = [input(shape, seed), input(c, seed + 1), input(c, seed + 2)];
      if (residual) inputs.push(input(shape, seed + 3));
      const mean = numbers(shape[3], seed + 4);
      const variance = numbers(shape[3], seed + 5).map((v) => v * v);
      await expectReference(
        inputs,
        (x, gamma, beta, r) =>
          batchNormInference(
            x as Tensor4D,
            { gamma: gamma as Tensor1D, beta: beta as Tensor1D },
            {
              mean: tensor(mean, [shape[3]]) as Tensor1D,
              variance: tensor(variance, [shape[3]]) as Tensor1D,
            },
            { epsilon: 0.1, activation, ...(r ? { residual: r as Tensor4D } : {}) },
          ),
        1e-5,
      );
    }),
    runs,
  );
});

test('channel scaling', async () => {
  const cases = fc.tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 21 }),
  );
  await fc.assert(
    fc.asyncProperty(cases, fc.integer({ min: 1, max: 1e6 }), async (shape, seed) => {
      const inputs = [input(shape, seed), input([shape[0], shape[3]], seed + 1)];
      await expectReference(inputs, (x, s) => scaleChannels(x as Tensor4D, s as Tensor2D), 1e-5);
    }),
    runs,
  );
});

test('losses', async () => {
  const cases = fc.record({
    batch: fc.integer({ min: 1, max: 9 }),
    classes: fc.integer({ min: 2, max: 13 }),
    smoothing: fc.constantFrom(0, 0.1, 1),
    temperature: fc.constantFrom(0.5, 1, 4),
    seed: fc.integer({ min: 1, max: 1e6 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ batch, classes, smoothing, temperature, seed }) => {
      const logits = input([batch, classes], seed);
      const labels = Int32Array.from({ length: batch }, (_, i) => (seed + i) % classes);
      await expectReference(
        [logits],
        (z) =>
          softmaxCrossEntropy(z as Tensor2D, tensor(labels, [batch], 'int32'), {
            labelSmoothing: smoothing,
          }),
        1e-5,
      );
      const teacher = numbers(batch * classes, seed + 1);
      await expectReference(
        [logits],
        (z) =>
          distillationLoss(z as Tensor2D, tensor(teacher, [batch, classes]), {
            temperature,
          }),
        1e-5,
      );
    }),
    runs,
  );
});

test('batch normalization of more channels than have room in the scratch memory of a thread', async () => {
  const channels = 20_001;
  const x = input([1, 6, 6, channels], 1);
  const inputs = [x, input([channels], 2), input([channels], 3)];
  await setBackend('mnet');
  await setThreads(2);
  await expectReference(
    inputs,
    (t, gamma, beta) =>
      batchNormTrain(
        t as Tensor4D,
        { gamma: gamma as Tensor1D, beta: beta as Tensor1D },
        { activation: 'relu' },
      ),
    1e-4,
  );
});
