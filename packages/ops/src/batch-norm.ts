import {
  add,
  moments,
  mul,
  rsqrt,
  sub,
  type GradConfig,
  type Tensor,
  type Tensor1D,
  tidy,
  type Tensor4D,
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { activate, type Activation, assertActivation } from './activation.ts';
import { knownOptions, numberIn } from '@mnet/core/check';
import { objectOf, shapeOf, tensorOf } from './check-tensors.ts';
import { firstFused, hasKernel, recordsTape, runKernel } from './kernel.ts';

/** Options that both forms of batch normalization take. */
export interface BatchNormOptions {
  /** Added to the variance; default 1e-5. */
  epsilon?: number;
  /** Applied to the normalized (and shifted by `residual`) value; default `linear`. */
  activation?: Activation;
  /** float32 [batch, height, width, channels], added before the activation. */
  residual?: Tensor4D;
}

/** The per-channel parameters, each float32 [channels]. */
export interface BatchNormParameters {
  gamma: Tensor1D;
  beta: Tensor1D;
}

/** The running statistics that training updates in place. */
export interface MovingStatistics {
  movingMean: Variable;
  movingVariance: Variable;
  /** Weight of the new batch, as in PyTorch: moving ← (1 − momentum)·moving + momentum·batch; default 0.1. */
  momentum?: number;
}

/**
 * Batch normalization in training, with its activation and a residual:
 *
 *     y = act(γ · (x − E[x]) / √(Var[x] + ε) + β + residual)
 *
 * Mean and biased variance are taken over batch, height and width. When `moving` is given, its variables move
 * towards the batch mean and the unbiased variance (n / (n − 1)), as in PyTorch; an empty batch leaves them as they are.
 *
 * Source: Ioffe and Szegedy 2015, "Batch Normalization", algorithms 1 and 2, https://arxiv.org/abs/1502.03167
 *
 * @param x float32 [batch, height, width, channels]
 * @returns float32 of x's shape; differentiable in x, gamma, beta and residual.
 * @throws if a shape or an option is wrong, or an option unknown.
 */
export function batchNormTrain(
  x: Tensor4D,
  parameters: BatchNormParameters,
  options: BatchNormOptions & { moving?: MovingStatistics } = {},
): Tensor4D {
  knownOptions(options, [...optionNames, 'moving'], 'batchNormTrain options');
  const { epsilon = 1e-5, activation = 'linear', residual, moving } = options;
  check(x, parameters, epsilon, activation, residual);
  const { gamma, beta } = parameters;
  const momentum = moving?.momentum ?? 0.1;
  if (moving) {
    knownOptions(moving, ['movingMean', 'movingVariance', 'momentum'], 'moving');
    numberIn(momentum, 0, 1, 'momentum');
    shapeOf(moving.movingMean, gamma.shape, 'movingMean');
    shapeOf(moving.movingVariance, gamma.shape, 'movingVariance');
  }
  const count = x.size / Math.max(1, gamma.size);
  const kernel = residual ? 'BatchNormAddAct' : 'BatchNormAct';
  if (hasKernel(kernel, [x])) {
    const inputs: Record<string, Tensor> = { x, gamma, beta };
    if (residual) inputs['residual'] = residual;
    const attrs = { epsilon, activation, ...(moving ? { ...moving, momentum } : {}) };
    return firstFused(residual ? addActGradient : actGradient, inputs, attrs) as Tensor4D;
  }
  return tidy(() => {
    const { mean, variance } = statisticsOf(x);
    if (moving && count > 0) move(moving, momentum, mean, variance, count);
    return normalize(x, mean, variance, gamma, beta, epsilon, activation, residual);
  });
}

/**
 * Batch normalization in inference, with its activation and a residual:
 *
 *     y = act(γ · (x − μ) / √(σ² + ε) + β + residual)
 *
 * @param x float32 [batch, height, width, channels]
 * @param statistics the running mean μ and variance σ², each float32 [channels]
 * @returns float32 of x's shape; differentiable in x, gamma, beta and residual.
 * @throws if a shape or an option is wrong, or an option unknown.
 */
export function batchNormInference(
  x: Tensor4D,
  parameters: BatchNormParameters,
  statistics: { mean: Tensor1D; variance: Tensor1D },
  options: BatchNormOptions = {},
): Tensor4D {
  knownOptions(options, optionNames, 'batchNormInference options');
  const { epsilon = 1e-5, activation = 'linear', residual } = options;
  check(x, parameters, epsilon, activation, residual);
  const { gamma, beta } = parameters;
  objectOf(statistics, 'mean and variance', 'statistics');
  const { mean, variance } = statistics;
  shapeOf(mean, gamma.shape, 'statistics.mean');
  shapeOf(variance, gamma.shape, 'statistics.variance');
  // The kernel has no gradient: a frozen layer in training takes the reference.
  if (!recordsTape() && hasKernel('BatchNormInferenceAct', [x])) {
    const inputs: Record<string, Tensor> = { x, mean, variance, gamma, beta };
    if (residual) inputs['residual'] = residual;
    return runKernel('BatchNormInferenceAct', inputs, { epsilon, activation })[0] as Tensor4D;
  }
  return normalize(x, mean, variance, gamma, beta, epsilon, activation, residual);
}

/** Mean and biased variance of each channel; 0 of no values, of which tf.moments has no gradient. */
function statisticsOf(x: Tensor4D): { mean: Tensor1D; variance: Tensor1D } {
  const { mean, variance } =
    x.size > 0
      ? moments(x, [0, 1, 2])
      : { mean: zeros([x.shape[3]]), variance: zeros([x.shape[3]]) };
  return { mean: mean as Tensor1D, variance: variance as Tensor1D };
}

/** The reference: differentiable on every backend because each step is. */
function normalize(
  x: Tensor4D,
  mean: Tensor1D,
  variance: Tensor1D,
  gamma: Tensor1D,
  beta: Tensor1D,
  epsilon: number,
  activation: Activation,
  residual: Tensor4D | undefined,
): Tensor4D {
  return tidy(() => {
    const scale = mul(rsqrt(add(variance, epsilon)), gamma);
    const z: Tensor4D = add(mul(sub(x, mean), scale), beta);
    return activate(residual ? add(z, residual) : z, activation);
  });
}

/** Moves the running statistics; `variance` is the biased one of `count` values a channel. */
function move(
  { movingMean, movingVariance }: MovingStatistics,
  momentum: number,
  mean: Tensor1D,
  variance: Tensor1D,
  count: number,
): void {
  tidy(() => {
    const unbiased = count > 1 ? count / (count - 1) : 1;
    movingMean.assign(add(mul(movingMean, 1 - momentum), mul(mean, momentum)));
    movingVariance.assign(
      add(mul(movingVariance, 1 - momentum), mul(variance, momentum * unbiased)),
    );
  });
}

const actGradient = gradientOf('BatchNormAct', ['x', 'gamma', 'beta']);
const addActGradient = gradientOf('BatchNormAddAct', ['x', 'gamma', 'beta', 'residual']);

/**
 * The kernels' outputs are y, the batch mean and 1 / √(variance + ε); nothing else is kept for the way back:
 * their gradient recomputes the normalized value from x, which costs less than reading it from memory.
 */
function gradientOf(kernelName: string, inputs: string[]): GradConfig {
  return {
    kernelName,
    inputsToSave: inputs,
    outputsToSave: [false, true, true],
    gradFunc: (dys, saved, attrs) => {
      const named: Record<string, Tensor> = { dy: (dys as Tensor[])[0] as Tensor };
      [...inputs, 'mean', 'inverse'].forEach((name, i) => {
        named[name] = saved[i] as Tensor;
      });
      const { activation } = attrs as unknown as { activation: Activation };
      const out = runKernel(`${kernelName}Grad`, named, { activation });
      return Object.fromEntries(inputs.map((name, i) => [name, () => out[i] as Tensor]));
    },
  };
}

const optionNames: readonly (keyof BatchNormOptions)[] = ['epsilon', 'activation', 'residual'];

function check(
  x: Tensor4D,
  parameters: BatchNormParameters,
  epsilon: number,
  activation: Activation,
  residual: Tensor4D | undefined,
): void {
  tensorOf(x, 4, 'float32', 'x');
  objectOf(parameters, 'gamma and beta', 'parameters');
  const { gamma, beta } = parameters;
  const channels = [x.shape[3]];
  shapeOf(gamma, channels, 'gamma');
  shapeOf(beta, channels, 'beta');
  numberIn(epsilon, 0, Number.MAX_VALUE, 'epsilon');
  assertActivation(activation, 'activation');
  if (residual) shapeOf(residual, x.shape, 'residual');
}
