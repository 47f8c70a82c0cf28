import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import {
  ones,
  type Tensor1D,
  tensor1d,
  tensor2d,
  type Tensor4D,
  variable,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  adamStep,
  batchNormInference,
  batchNormTrain,
  distillationLoss,
  globalAveragePool,
  scaleChannels,
  sgdStep,
  softmaxCrossEntropy,
  weightedCrossEntropy,
} from '@mnet/ops';

const x = ones([2, 3, 3, 4]) as Tensor4D;
const four = ones([4]) as Tensor1D;
const three = ones([3]) as Tensor1D;
const logits = tensor2d([[1, 2, 3]]);

describe('a wrong argument is named, with what it takes', () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      'one weight a class',
      () => weightedCrossEntropy(logits, tensor1d([0], 'int32'), four),
      /weights: got 4 of them, takes one for each of the 3 classes/,
    ],
    [
      'weights that are no tensor',
      () => weightedCrossEntropy(logits, tensor1d([0], 'int32'), [1, 1, 1] as never),
      /weights: got .*, takes a float32 tensor of rank 1/,
    ],
    [
      'rank of x',
      () => batchNormTrain(logits as unknown as Tensor4D, { gamma: four, beta: four }),
      /x: got float32 \[1, 3\], takes a float32 tensor of rank 4/,
    ],
    [
      'gamma',
      () => batchNormTrain(x, { gamma: three, beta: four }),
      /gamma: got float32 \[3\], takes float32 \[4\]/,
    ],
    [
      'epsilon',
      () => batchNormTrain(x, { gamma: four, beta: four }, { epsilon: -1 }),
      /epsilon: got -1, takes a finite number from 0/,
    ],
    [
      'residual',
      () => batchNormTrain(x, { gamma: four, beta: four }, { residual: ones([1, 3, 3, 4]) }),
      /residual: got float32 \[1, 3, 3, 4\]/,
    ],
    [
      'mean',
      () => batchNormInference(x, { gamma: four, beta: four }, { mean: three, variance: four }),
      /statistics.mean: got/,
    ],
    [
      'labels as floats',
      () => softmaxCrossEntropy(logits, tensor1d([1])),
      /labels: got float32 \[1\], takes a int32 tensor of rank 1/,
    ],
    [
      'number of labels',
      () => softmaxCrossEntropy(logits, tensor1d([1, 2], 'int32')),
      /labels: got 2 of them/,
    ],
    [
      'smoothing',
      () => softmaxCrossEntropy(logits, tensor1d([1], 'int32'), { labelSmoothing: 2 }),
      /labelSmoothing: got 2, takes a number from 0 to 1/,
    ],
    [
      'temperature',
      () => distillationLoss(logits, logits, { temperature: 0 }),
      /temperature: got 0/,
    ],
    [
      'teacher',
      () => distillationLoss(logits, tensor2d([[1, 2]]), { temperature: 1 }),
      /teacher: got float32 \[1, 2\], takes float32 \[1, 3\]/,
    ],
    ['pooling', () => globalAveragePool(logits as unknown as Tensor4D), /x: got float32 \[1, 3\]/],
    [
      'scale',
      () => scaleChannels(x, tensor2d([[1]])),
      /scale: got float32 \[1, 1\], takes float32 \[2, 4\]/,
    ],
    [
      'nesterov',
      () => sgdStep([], [], [], { learningRate: 1, nesterov: true }),
      /nesterov: got true with momentum 0/,
    ],
    [
      'gradients',
      () => sgdStep([variable(four)], [], [], { learningRate: 1 }),
      /gradients: got 0, takes one for each of the 1 variables/,
    ],
    [
      'a variable of integers',
      () =>
        sgdStep([variable(ones([4], 'int32'), true, 'counts')], [four], [], { learningRate: 1 }),
      /variables\[0\]: got int32 counts, takes float32 variables/,
    ],
    [
      'shape of a gradient',
      () => sgdStep([variable(four)], [three], [], { learningRate: 1 }),
      /gradients\[0\]: got float32 \[3\]/,
    ],
    [
      'step',
      () => adamStep([], [], [], [], { step: 0, learningRate: 1 }),
      /step: got 0, takes a whole number from 1/,
    ],
    [
      'decay list',
      () => sgdStep([variable(four)], [four], [], { learningRate: 1, weightDecay: [] }),
      /weightDecay: got 0 values/,
    ],
    ['NaN', () => sgdStep([], [], [], { learningRate: Number.NaN }), /learningRate: got NaN/],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

test('a row of logits may be of any batch', () => {
  expect(softmaxCrossEntropy(logits, tensor1d([2], 'int32')).dataSync()[0]).toBeCloseTo(
    0.40760597,
    6,
  );
});
