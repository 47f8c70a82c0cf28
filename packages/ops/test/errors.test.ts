import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import {
  ones,
  sum,
  type Tensor1D,
  tensor1d,
  tensor2d,
  type Tensor4D,
  variable,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  accumulateStep,
  adamStep,
  batchNormInference,
  batchNormTrain,
  clipScale,
  distillationLoss,
  emaStep,
  globalAveragePool,
  rmspropStep,
  scaleChannels,
  sgdStep,
  softmaxCrossEntropy,
  softmaxCrossEntropyWithHits,
  valueAndGradients,
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
      'decay of the first moment',
      () => adamStep([], [], [], [], { step: 1, learningRate: 1, beta1: 1 }),
      /beta1: got 1, takes a number from 0 to below 1/,
    ],
    [
      'decay of the second moment',
      () => adamStep([], [], [], [], { step: 1, learningRate: 1, beta2: 1 }),
      /beta2: got 1, takes a number from 0 to below 1/,
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

describe('what is no tensor, no list and no object is named', () => {
  const v = [variable(four)];
  const step = { learningRate: 1 };
  const both = { gamma: four, beta: four };

  test.each<[string, () => unknown, string]>([
    [
      'no beta',
      () => batchNormTrain(x, { gamma: four } as never),
      'beta: got undefined, takes float32 [4]',
    ],
    [
      'no parameters',
      () => batchNormTrain(x, undefined as never),
      'parameters: got undefined, takes an object of gamma and beta',
    ],
    [
      'no statistics',
      () => batchNormInference(x, both, null as never),
      'statistics: got null, takes an object of mean and variance',
    ],
    [
      'no variance',
      () => batchNormInference(x, both, { mean: four } as never),
      'statistics.variance: got undefined, takes float32 [4]',
    ],
    ['no scale', () => scaleChannels(x, [1] as never), 'scale: got [1], takes float32 [2, 4]'],
    [
      'no teacher',
      () => distillationLoss(logits, undefined as never, { temperature: 1 }),
      'teacher: got undefined, takes float32 [1, 3]',
    ],
    [
      'no gradient',
      () => sgdStep(v, [null as never], [], step),
      'gradients[0]: got null, takes float32 [4], the shape of',
    ],
    [
      'no gradients',
      () => adamStep(v, undefined as never, v, v, { ...step, step: 1 }),
      'gradients: got undefined, takes one for each of the 1 variables',
    ],
    [
      'no variable',
      () => emaStep([null as never], [four], 0.5),
      'variables[0]: got null, takes float32 variables',
    ],
    [
      'no variables',
      () => sgdStep(undefined as never, [four], [], step),
      'variables: got undefined, takes an array of float32 variables',
    ],
    [
      'no slots',
      () => rmspropStep(v, [four], undefined as never, step),
      'slots: got undefined, takes an object of squares, velocities and means',
    ],
    [
      'no means',
      () => rmspropStep(v, [four], { squares: v, velocities: [] } as never, step),
      'means: got undefined, takes one for each of the 1 variables',
    ],
    [
      'no list of decays',
      () => sgdStep(v, [four], [], { ...step, weightDecay: null as never }),
      'weightDecay: got null, takes a number or one for each of 1 variables',
    ],
    [
      'no gradient to clip',
      () => clipScale([null as never], { maxNorm: 1 }),
      'gradients[0]: got null, takes a float32 tensor',
    ],
    [
      'no options',
      () => distillationLoss(logits, logits, undefined as never),
      'distillationLoss options: got undefined, takes an object of options',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('a misspelt option is refused, not lost', () => {
  const v = [variable(four)];
  const labels = tensor1d([0], 'int32');
  const both = { gamma: four, beta: four };
  const moving = { movingMean: variable(four), movingVariance: variable(four), momentun: 0.9 };
  const misspelt = (options: object): never => ({ ...options, misspelt: 1 }) as never;
  const step = misspelt({ learningRate: 1 });
  const slots = { squares: v, velocities: [], means: [] };

  test.each<[string, () => unknown]>([
    ['batchNormTrain', () => batchNormTrain(x, both, misspelt({}))],
    [
      'batchNormInference',
      () => batchNormInference(x, both, { mean: four, variance: four }, misspelt({})),
    ],
    ['softmaxCrossEntropy', () => softmaxCrossEntropy(logits, labels, misspelt({}))],
    [
      'softmaxCrossEntropyWithHits',
      () => softmaxCrossEntropyWithHits(logits, labels, misspelt({})),
    ],
    ['weightedCrossEntropy', () => weightedCrossEntropy(logits, labels, three, misspelt({}))],
    ['distillationLoss', () => distillationLoss(logits, logits, misspelt({ temperature: 1 }))],
    ['sgdStep', () => sgdStep(v, [four], [], step)],
    ['adamStep', () => adamStep(v, [four], v, v, misspelt({ step: 1, learningRate: 1 }))],
    ['rmspropStep', () => rmspropStep(v, [four], slots, step)],
    ['accumulateStep', () => accumulateStep(v, [four], misspelt({ steps: 1, first: true }))],
    ['clipScale', () => clipScale([four], misspelt({ maxNorm: 1 }))],
    ['valueAndGradients', () => valueAndGradients(() => sum(four), [], misspelt({}))],
  ])('%s', (name, call) => {
    expect(call).toThrow(`${name} options: unknown option 'misspelt', takes `);
  });

  test('of the running statistics', () => {
    expect(() => batchNormTrain(x, both, { moving })).toThrow(
      "moving: unknown option 'momentun', takes movingMean, movingVariance, momentum",
    );
  });
});

test('a row of logits may be of any batch', () => {
  expect(softmaxCrossEntropy(logits, tensor1d([2], 'int32')).dataSync()[0]).toBeCloseTo(
    0.40760597,
    6,
  );
});
