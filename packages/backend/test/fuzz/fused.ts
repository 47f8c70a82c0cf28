import {
  activate,
  type Activation,
  activations,
  batchNormInference,
  batchNormTrain,
  distillationLoss,
  globalAveragePool,
  scaleChannels,
  softmaxCrossEntropy,
} from '@mnet/ops';
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
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { numbers } from '../compare.ts';
import type { FusedCase, FusedFuzz } from './fused-case.ts';
import { mostly, plain, seeds } from './support.ts';
import { updates } from './updates.ts';

/** The value of a function and its gradients by all inputs, of a weighted sum. */
function withGradients(f: (...tensors: Tensor[]) => Tensor): FusedCase['run'] {
  return (...tensors) => {
    const y = f(...tensors);
    const weight = tensor(numbers(y.size, 5), y.shape);
    return [y, ...grads((...list: Tensor[]) => sum(mul(f(...list), weight)))(tensors)];
  };
}

/** Images; of no images, no pixels and no channels too. */
const images = (leastWidth: number): fc.Arbitrary<number[]> =>
  mostly<number[]>(
    fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: leastWidth, max: 5 }),
      fc.integer({ min: 1, max: 37 }),
    ),
    fc.tuple(fc.nat(1), fc.nat(2), fc.constantFrom(0, leastWidth), fc.nat(3)),
  );

const activation = fc.constantFrom<Activation>(...activations);

/** A large ε: with few values a channel may be almost constant, and 1 / √(variance + ε) anything. */
const epsilon = 0.1;

/** Variances. */
const squares = (count: number, seed: number): Tensor1D =>
  tensor1d(numbers(count, seed).map((v) => v * v));

function batchNorm(residual: boolean): FusedFuzz {
  const cases = fc
    // Of a single value a channel the gradient is 0, and what is computed its rounding.
    .record({ shape: images(2), activation, moving: fc.boolean(), seed: seeds })
    .map(({ shape, activation: act, moving, seed }) => {
      const row = [shape[3] as number];
      const inputs = [plain(shape, seed), plain(row, seed + 1), plain(row, seed + 2)];
      if (residual) inputs.push(plain(shape, seed + 3));
      const statistics = (): Variable[] => [
        variable(tensor1d(numbers(row[0] as number, seed + 4))),
        variable(squares(row[0] as number, seed + 5)),
      ];
      const run = (...tensors: Tensor[]): Tensor[] => {
        const [movingMean, movingVariance] = statistics() as [Variable, Variable];
        const f = (x: Tensor, gamma: Tensor, beta: Tensor, r?: Tensor): Tensor =>
          batchNormTrain(
            x as Tensor4D,
            { gamma: gamma as Tensor1D, beta: beta as Tensor1D },
            {
              epsilon,
              activation: act,
              ...(r ? { residual: r as Tensor4D } : {}),
              ...(moving ? { moving: { movingMean, movingVariance } } : {}),
            },
          );
        return [...withGradients(f)(...tensors), movingMean, movingVariance];
      };
      return { inputs, run };
    });
  const kernel = residual ? 'BatchNormAddAct' : 'BatchNormAct';
  return { kernels: [kernel, `${kernel}Grad`], cases, tolerance: 2e-4 };
}

const inference: FusedFuzz = {
  kernels: ['BatchNormInferenceAct'],
  cases: fc
    .record({ shape: images(1), activation, residual: fc.boolean(), seed: seeds })
    .map(({ shape, activation: act, residual, seed }) => {
      const row = [shape[3] as number];
      const inputs = [plain(shape, seed), plain(row, seed + 1), plain(row, seed + 2)];
      if (residual) inputs.push(plain(shape, seed + 3));
      const f = (x: Tensor, gamma: Tensor, beta: Tensor, r?: Tensor): Tensor =>
        batchNormInference(
          x as Tensor4D,
          { gamma: gamma as Tensor1D, beta: beta as Tensor1D },
          {
            mean: tensor1d(numbers(row[0] as number, seed + 4)),
            variance: squares(row[0] as number, seed + 5),
          },
          { epsilon, activation: act, ...(r ? { residual: r as Tensor4D } : {}) },
        );
      return { inputs, run: withGradients(f) };
    }),
  tolerance: 1e-5,
};

const pooling: FusedFuzz = {
  kernels: ['GlobalAveragePool', 'GlobalAveragePoolGrad'],
  cases: fc.tuple(images(1), seeds).map(([shape, seed]) => ({
    inputs: [plain(shape, seed)],
    run: withGradients((x) => globalAveragePool(x as Tensor4D)),
  })),
  tolerance: 1e-5,
};

const scaling: FusedFuzz = {
  kernels: ['ScaleChannels', 'ScaleChannelsGrad'],
  cases: fc.tuple(images(1), seeds).map(([shape, seed]) => ({
    inputs: [plain(shape, seed), plain([shape[0] as number, shape[3] as number], seed + 1)],
    run: withGradients((...[x, s]) => scaleChannels(x as Tensor4D, s as Tensor2D)),
  })),
  tolerance: 1e-5,
};

/** Those that have kernels of their own; most numbers are within 1 of 0, and the kinks at −3 and 3. */
const pointwise = (kernel: string, ...names: Activation[]): FusedFuzz => ({
  kernels: [kernel, `${kernel}Grad`],
  cases: fc
    .record({ shape: images(1), act: fc.constantFrom(...names), seed: seeds })
    .map(({ shape, act, seed }) => ({
      inputs: [plain(shape, seed)],
      run: withGradients((x) => activate(mul(x, 4), act)),
    })),
  tolerance: 2e-6,
});

const logits = fc.record({
  batch: mostly(fc.integer({ min: 1, max: 9 }), fc.constant(0)),
  classes: mostly(fc.integer({ min: 2, max: 13 }), fc.constantFrom(0, 1)),
  seed: seeds,
});

const crossEntropy: FusedFuzz = {
  kernels: ['SoftmaxCrossEntropy'],
  cases: fc
    .tuple(logits, fc.constantFrom(0, 0.1, 1))
    .map(([{ batch, classes, seed }, labelSmoothing]) => {
      // Labels out of range too: such a row has no target.
      const labels = Int32Array.from({ length: batch }, (_, i) => ((seed + i) % (classes + 2)) - 1);
      const f = (z: Tensor): Tensor =>
        softmaxCrossEntropy(z as Tensor2D, tensor(labels, [batch], 'int32'), { labelSmoothing });
      return { inputs: [plain([batch, classes], seed)], run: withGradients(f) };
    }),
  tolerance: 1e-5,
};

const distillation: FusedFuzz = {
  kernels: ['DistillationLoss'],
  cases: fc
    .tuple(logits, fc.constantFrom(0.5, 1, 4))
    .map(([{ batch, classes, seed }, temperature]) => {
      const teacher = numbers(batch * classes, seed + 1);
      const f = (z: Tensor): Tensor =>
        distillationLoss(z as Tensor2D, tensor(teacher, [batch, classes]), { temperature });
      return { inputs: [plain([batch, classes], seed)], run: withGradients(f) };
    }),
  tolerance: 1e-5,
};

/** The operations of @mnet/ops that have kernels. */
export const fusedOperations: Record<string, FusedFuzz> = {
  'batch normalization': batchNorm(false),
  'batch normalization with a residual': batchNorm(true),
  'batch normalization in inference': inference,
  'global average pooling': pooling,
  'channel scaling': scaling,
  'hard sigmoid and hard swish': pointwise('HardSigmoid', 'hardSigmoid', 'hardSwish'),
  gelu: pointwise('Gelu', 'gelu'),
  'cross-entropy': crossEntropy,
  distillation,
  ...updates,
};
