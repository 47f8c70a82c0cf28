import {
  adamStep,
  batchNormTrain,
  globalAveragePool,
  softmaxCrossEntropy,
  valueAndGradients,
} from '@mnet/ops';
import {
  conv2d,
  depthwiseConv2d,
  dispose,
  matMul,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  type Tensor4D,
  tensor4d,
  tensor,
  tidy,
  type Variable,
  variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { numbers } from './compare.ts';

/** A small depthwise separable network with Adam, made of the kernels alone; `step` trains one batch. */
export interface TinyNetwork {
  variables: Variable[];
  step(): number;
  dispose(): void;
}

export function tinyNetwork(seed = 1): TinyNetwork {
  const make = (shape: number[], i: number, scale = 0.2, shift = 0): Variable =>
    variable(
      tensor(
        numbers(
          shape.reduce((a, b) => a * b, 1),
          seed + i,
        ).map((v) => v * scale + shift),
        shape,
      ),
    );
  const [stem, depth, point, head] = [
    make([3, 3, 3, 16], 1),
    make([3, 3, 16, 1], 2),
    make([1, 1, 16, 24], 3),
    make([24, 10], 4),
  ];
  const norms = [16, 16, 24].map((n, i) => ({
    gamma: make([n], 5 + i, 0, 1),
    beta: make([n], 8 + i),
  }));
  const moving = [16, 16, 24].map((n) => ({
    movingMean: make([n], 0, 0),
    movingVariance: make([n], 0, 0, 1),
  }));
  const variables = [
    stem,
    depth,
    point,
    head,
    ...norms.flatMap(({ gamma, beta }) => [gamma, beta]),
  ];
  const first = variables.map((v) => tidy(() => variable(zerosLike(v))));
  const second = variables.map((v) => tidy(() => variable(zerosLike(v))));
  const x = tensor4d(numbers(16 * 12 * 12 * 3, seed), [16, 12, 12, 3]);
  const labels = tensor1d(
    Array.from({ length: 16 }, (_, i) => i % 10),
    'int32',
  );
  const normal = (y: Tensor4D, i: number): Tensor4D => {
    const { gamma, beta } = norms[i] as (typeof norms)[0];
    return batchNormTrain(
      y,
      { gamma: gamma as unknown as Tensor1D, beta: beta as unknown as Tensor1D },
      {
        activation: 'relu6',
        moving: moving[i] as (typeof moving)[0],
      },
    );
  };
  let count = 0;
  return {
    variables: [
      ...variables,
      ...moving.flatMap(({ movingMean, movingVariance }) => [movingMean, movingVariance]),
    ],
    step: () =>
      tidy(() => {
        const { value, gradients } = valueAndGradients(() => {
          let y = normal(conv2d(x, stem as unknown as Tensor4D, 2, 'same'), 0);
          y = normal(depthwiseConv2d(y, depth as unknown as Tensor4D, 1, 'same'), 1);
          y = normal(conv2d(y, point as unknown as Tensor4D, 1, 'same'), 2);
          return softmaxCrossEntropy(
            matMul(globalAveragePool(y), head as unknown as Tensor2D),
            labels,
          );
        }, variables);
        adamStep(variables, gradients, first, second, { step: ++count, learningRate: 0.01 });
        return value.dataSync()[0] as number;
      }),
    dispose: () => {
      dispose([x, labels, ...first, ...second, ...variables]);
      for (const { movingMean, movingVariance } of moving) dispose([movingMean, movingVariance]);
    },
  };
}
