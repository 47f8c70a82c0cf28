import {
  grads,
  matMul,
  ones,
  setBackend,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  type Variable,
  variable,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  adamStep,
  batchNormInference,
  batchNormTrain,
  distillationLoss,
  globalAveragePool,
  scaleChannels,
  sgdStep,
  softmaxCrossEntropy,
  valueAndGradients,
} from '@mnet/ops';
import { expectValues } from './support.ts';

/** Value and gradients of an op, each a shape and its numbers. */
function evaluate(
  f: (...tensors: Tensor[]) => Tensor,
  ...inputs: Tensor[]
): [number[], number[]][] {
  const slopes = grads((...tensors: Tensor[]) => sum(f(...tensors)))(inputs);
  return [f(...inputs), ...slopes].map((t) => [t.shape, [...t.dataSync()]]);
}

/**
 * What comes of no images, no pixels and no classes, on one backend: the same on cpu and mnet. (The stock kernels of
 * tfjs's wasm backend read beside what is empty.)
 */
export function emptySuite(backend: string): void {
  beforeAll(async () => {
    await setBackend(backend);
  });

  describe(`of nothing on ${backend}`, () => {
    const row = (): Tensor => ones([3]);
    const zeroRow = [[3], [0, 0, 0]];

    test.each([[[0, 2, 2, 3]], [[2, 0, 2, 3]], [[2, 2, 0, 3]]])(
      'batch normalization of [%s]',
      (shape) => {
        const train = (x: Tensor, gamma: Tensor, beta: Tensor): Tensor =>
          batchNormTrain(
            x as Tensor4D,
            { gamma: gamma as Tensor1D, beta: beta as Tensor1D },
            { activation: 'hardSwish' },
          );
        const want = [[shape, []], [shape, []], zeroRow, zeroRow];
        expect(evaluate(train, ones(shape), row(), row())).toEqual(want);
        const infer = (x: Tensor, gamma: Tensor, beta: Tensor): Tensor =>
          batchNormInference(
            x as Tensor4D,
            { gamma: gamma as Tensor1D, beta: beta as Tensor1D },
            { mean: row() as Tensor1D, variance: row() as Tensor1D },
          );
        expect(evaluate(infer, ones(shape), row(), row())).toEqual(want);
        const residual = (x: Tensor, gamma: Tensor, beta: Tensor, r: Tensor): Tensor =>
          batchNormTrain(
            x as Tensor4D,
            { gamma: gamma as Tensor1D, beta: beta as Tensor1D },
            { residual: r as Tensor4D },
          );
        const all = evaluate(residual, ones(shape), row(), row(), ones(shape));
        expect(all).toEqual([...want, [shape, []]]);
      },
    );

    test('an empty batch leaves the running statistics as they are', () => {
      const moving = { movingMean: variable(row()), movingVariance: variable(row()) };
      const parameters = { gamma: row() as Tensor1D, beta: row() as Tensor1D };
      batchNormTrain(zeros([0, 2, 2, 3]), parameters, { moving });
      expectValues(moving.movingMean, [1, 1, 1]);
      expectValues(moving.movingVariance, [1, 1, 1]);
    });

    test('pooling and scaling of channels', () => {
      const pool = (x: Tensor): Tensor => globalAveragePool(x as Tensor4D);
      expect(evaluate(pool, ones([0, 2, 2, 3]))).toEqual([
        [[0, 3], []],
        [[0, 2, 2, 3], []],
      ]);
      expect(evaluate(pool, ones([1, 0, 2, 3]))).toEqual([
        [
          [1, 3],
          [0, 0, 0],
        ],
        [[1, 0, 2, 3], []],
      ]);
      const scale = (x: Tensor, s: Tensor): Tensor => scaleChannels(x as Tensor4D, s as Tensor2D);
      expect(evaluate(scale, ones([0, 2, 2, 3]), ones([0, 3]))).toEqual([
        [[0, 2, 2, 3], []],
        [[0, 2, 2, 3], []],
        [[0, 3], []],
      ]);
      expect(evaluate(scale, ones([1, 0, 2, 3]), ones([1, 3]))).toEqual([
        [[1, 0, 2, 3], []],
        [[1, 0, 2, 3], []],
        [
          [1, 3],
          [0, 0, 0],
        ],
      ]);
    });

    test.each<[[number, number]]>([[[0, 3]], [[2, 0]]])('losses of [%s]', (shape) => {
      const want = [
        [[], [0]],
        [shape, []],
      ];
      const labels = zeros([shape[0]], 'int32') as Tensor1D;
      const crossEntropy = (z: Tensor): Tensor =>
        softmaxCrossEntropy(z as Tensor2D, labels, { labelSmoothing: 0.1 });
      expect(evaluate(crossEntropy, ones(shape))).toEqual(want);
      const distillation = (z: Tensor): Tensor =>
        distillationLoss(z as Tensor2D, zeros(shape), { temperature: 4 });
      expect(evaluate(distillation, ones(shape))).toEqual(want);
    });

    test('losses of one class are 0', () => {
      const labels = zeros([2], 'int32') as Tensor1D;
      const crossEntropy = (z: Tensor): Tensor => softmaxCrossEntropy(z as Tensor2D, labels);
      const [[, value], [, gradient]] = evaluate(crossEntropy, ones([2, 1])) as [
        [number[], number[]],
        [number[], number[]],
      ];
      expect([...value, ...gradient].map(Math.abs)).toEqual([0, 0, 0]);
    });

    test('a training step of no images has no gradient', () => {
      const weights = variable(ones([3, 2]));
      const labels = zeros([0], 'int32') as Tensor1D;
      const { value, gradients } = valueAndGradients(
        () =>
          softmaxCrossEntropy(
            matMul(globalAveragePool(zeros([0, 2, 2, 3])), weights as unknown as Tensor2D),
            labels,
          ),
        [weights],
      );
      expectValues(value, [0]);
      expectValues(gradients[0] as Tensor, [0, 0, 0, 0, 0, 0]);
    });

    test('variables without elements among others, and none at all', () => {
      const make = (): Variable[] => [[0, 3], [4], [0], []].map((shape) => variable(ones(shape)));
      const zero = (list: Variable[]): Variable[] => list.map((v) => variable(zerosLike(v)));
      const decays = [9, 0.5, 9, 0];
      const p = make();
      const step = { learningRate: 0.5, momentum: 0.9, weightDecay: decays };
      sgdStep(p, make(), zero(p), step);
      expectValues(p[1] as Variable, [0.25, 0.25, 0.25, 0.25]);
      expectValues(p[3] as Variable, [0.5]);
      const q = make();
      const adam = { step: 1, learningRate: 0.5, weightDecay: decays, decoupled: true };
      adamStep(q, make(), zero(q), zero(q), adam);
      expectValues(q[1] as Variable, [0.25, 0.25, 0.25, 0.25]);
      expectValues(q[3] as Variable, [0.5]);
      sgdStep(p.slice(0, 1), make().slice(0, 1), [], { learningRate: 1 });
      sgdStep([], [], [], { learningRate: 1 });
      adamStep([], [], [], [], { step: 1, learningRate: 1 });
    });
  });
}
