import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import {
  grads,
  mul,
  sum,
  type Tensor,
  tensor,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  activations,
  batchNormInference,
  batchNormTrain,
  distillationLoss,
  globalAveragePool,
  scaleChannels,
  softmaxCrossEntropy,
} from '@mnet/ops';

const size = (shape: number[]): number => shape.reduce((a, b) => a * b, 1);
/** Values away from the activations' kinks at 0, ±3 and 6 for the inputs below. */
const values = (shape: number[], seed: number): number[] =>
  Array.from({ length: size(shape) }, (_, i) => 2 * Math.sin(12.9898 * (i + 1) * seed));

/** Expects the gradients of Σ w·f to be its slopes along three directions an input. */
function expectSlopes(f: (...inputs: Tensor[]) => Tensor, shapes: number[][]): void {
  const points = shapes.map((shape, i) => values(shape, i + 1));
  const make = (lists: number[][]): Tensor[] =>
    lists.map((list, i) => tensor(list, shapes[i] as number[]));
  const weighted = (...inputs: Tensor[]): Tensor => {
    const y = f(...inputs);
    return sum(mul(y, tensor(values(y.shape, 7), y.shape)));
  };
  const at = (lists: number[][]): number =>
    tidy(() => weighted(...make(lists)).dataSync()[0] as number);
  const slopes = grads(weighted)(make(points)).map((g) => g.dataSync());
  shapes.forEach((shape, k) => {
    for (const seed of [11, 12, 13]) {
      const direction = values(shape, seed);
      const moved = (step: number): number[][] =>
        points.map((list, j) =>
          j === k ? list.map((v, i) => v + step * (direction[i] as number)) : list,
        );
      const step = 2e-3;
      const want = (at(moved(step)) - at(moved(-step))) / (2 * step);
      const got = (slopes[k] as ArrayLike<number> & Float32Array).reduce(
        (s, g, i) => s + g * (direction[i] as number),
        0,
      );
      expect(Math.abs(got - want)).toBeLessThan(0.02 * Math.max(1, Math.abs(want)));
    }
  });
}

describe('gradients are slopes', () => {
  const x = [2, 3, 3, 2];
  for (const activation of activations) {
    test(`batch normalization, ${activation}`, () => {
      const options = { activation, epsilon: 0.1 };
      const train = (a: Tensor, gamma: Tensor, beta: Tensor, residual: Tensor): Tensor =>
        batchNormTrain(
          a as Tensor4D,
          { gamma: gamma as Tensor1D, beta: beta as Tensor1D },
          {
            ...options,
            residual: residual as Tensor4D,
          },
        );
      expectSlopes(train, [x, [2], [2], x]);
      const statistics = { mean: tensor1d([0.2, -0.1]), variance: tensor1d([1.5, 0.7]) };
      const infer = (a: Tensor, gamma: Tensor, beta: Tensor): Tensor =>
        batchNormInference(
          a as Tensor4D,
          { gamma: gamma as Tensor1D, beta: beta as Tensor1D },
          statistics,
          options,
        );
      expectSlopes(infer, [x, [2], [2]]);
    });
  }
  test('losses', () => {
    const labels = tensor1d([2, 0, 1], 'int32');
    expectSlopes(
      (z) => softmaxCrossEntropy(z as Tensor2D, labels, { labelSmoothing: 0.1 }),
      [[3, 4]],
    );
    const teacher = tensor(values([3, 4], 5), [3, 4]) as Tensor2D;
    expectSlopes((z) => distillationLoss(z as Tensor2D, teacher, { temperature: 3 }), [[3, 4]]);
  });
  test('pooling and channel scaling', () => {
    expectSlopes((a) => globalAveragePool(a as Tensor4D), [x]);
    expectSlopes((a, s) => scaleChannels(a as Tensor4D, s as Tensor2D), [x, [2, 2]]);
  });
});
