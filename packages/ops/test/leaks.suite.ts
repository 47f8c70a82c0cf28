import {
  dispose,
  memory,
  ones,
  setBackend,
  square,
  sum,
  type Tensor,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  type Tensor4D,
  type TensorContainer,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import * as ops from '@mnet/ops';

/** Those that make no tensors. */
const others = ['assertActivation', 'copiesOf', 'warnOfCopies'];

const operations = Object.entries(ops)
  .filter(([name, each]) => typeof each === 'function' && !others.includes(name))
  .map(([name]) => name);

/** Calls of each operation, with inputs that were there before. */
function callsOf(): Record<string, (() => unknown)[]> {
  const x = ones([2, 4, 4, 8]) as Tensor4D;
  const [scale, row] = [ones([2, 8]) as Tensor2D, ones([8]) as Tensor1D];
  const parameters = { gamma: row, beta: row };
  const residual = { residual: x, activation: 'hardSwish' as const };
  const moving = { movingMean: variable(row), movingVariance: variable(row) };
  const [logits, labels] = [ones([4, 8]) as Tensor2D, tensor1d([0, 1, 2, 3], 'int32')];
  const [p, q, r] = [0, 1, 2].map(() => [variable(zeros([8]))]) as [
    Variable[],
    Variable[],
    Variable[],
  ];
  const gradients = [row];
  const step = { learningRate: 0.1, weightDecay: 0.1 };
  const loss = () => ops.valueAndGradients(() => sum(square(p[0] as Tensor)), p);
  const computed = (): ops.ComputedStep => {
    const { value, gradients: slopes } = loss();
    return { values: [value], gradients: slopes };
  };
  return {
    activate: ops.activations
      // Its result is what it got.
      .filter((name) => name !== 'linear')
      .map((name) => () => ops.activate(x, name)),
    batchNormTrain: [
      () => ops.batchNormTrain(x, parameters),
      () => ops.batchNormTrain(x, parameters, { ...residual, moving }),
    ],
    batchNormInference: [
      () => ops.batchNormInference(x, parameters, { mean: row, variance: row }),
      () => ops.batchNormInference(x, parameters, { mean: row, variance: row }, residual),
    ],
    globalAveragePool: [() => ops.globalAveragePool(x)],
    scaleChannels: [() => ops.scaleChannels(x, scale)],
    softmaxCrossEntropy: [() => ops.softmaxCrossEntropy(logits, labels, { labelSmoothing: 0.1 })],
    softmaxCrossEntropyWithHits: [() => ({ ...ops.softmaxCrossEntropyWithHits(logits, labels) })],
    countHits: [() => ops.countHits(logits, labels)],
    weightedCrossEntropy: [() => ops.weightedCrossEntropy(logits, labels, row)],
    constant: [() => ops.constant(logits)],
    distillationLoss: [() => ops.distillationLoss(logits, logits, { temperature: 4 })],
    sgdStep: [() => ops.sgdStep(p, gradients, q, { ...step, momentum: 0.9 })],
    adamStep: [() => ops.adamStep(p, gradients, q, r, { ...step, step: 1 })],
    rmspropStep: [
      () => ops.rmspropStep(p, gradients, { squares: q, velocities: [], means: r }, step),
    ],
    emaStep: [() => ops.emaStep(p, gradients, 0.9)],
    lookaheadStep: [() => ops.lookaheadStep(p, q, 0.9)],
    accumulateStep: [() => ops.accumulateStep(p, gradients, { steps: 2, first: true })],
    clipScale: [() => ops.clipScale(gradients, { maxNorm: 1 })],
    valueAndGradients: [loss],
    computeStep: [() => ops.computeStep(computed, () => {})],
    captureStep: [
      () => {
        const captured = ops.captureStep();
        const values = captured.run([], computed, () => {});
        captured.dispose();
        return values;
      },
    ],
  };
}

/** Each operation called outside of any tidy, on one backend: nothing is left but what it gives. */
export function leaksSuite(backend: string): void {
  beforeAll(async () => {
    await setBackend(backend);
  });

  describe(`tensors that are left on ${backend}`, () => {
    test.each(operations)('%s', (name) => {
      const calls = callsOf()[name];
      expect(calls, 'calls of it, in callsOf').toBeDefined();
      for (const call of calls ?? []) {
        const before = memory().numTensors;
        dispose(call() as TensorContainer);
        expect(memory().numTensors).toBe(before);
      }
    });
  });
}
