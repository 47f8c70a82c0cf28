import {
  add,
  clipByValue,
  erf,
  type GradConfig,
  mul,
  relu,
  relu6,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { oneOf } from '@mnet/core/check';
import { hasKernel, runFused, runKernel } from './kernel.ts';

/**
 * Pointwise activations, those of the MobileNet family and one more:
 * - `linear`: x
 * - `relu`: max(x, 0)
 * - `relu6`: min(max(x, 0), 6)
 * - `hardSigmoid`: relu6(x + 3) / 6, as in MobileNetV3 (tfjs's own `hardSigmoid` is 0.2x + 0.5)
 * - `hardSwish`: x · relu6(x + 3) / 6
 * - `gelu`: x · Φ(x), with the distribution function Φ of the normal distribution itself, not its approximation by tanh
 *
 * Sources: Howard et al. 2019, "Searching for MobileNetV3", section 5.2, https://arxiv.org/abs/1905.02244; for `gelu`
 * Hendrycks and Gimpel 2016, "Gaussian Error Linear Units", https://arxiv.org/abs/1606.08415
 */
export type Activation = (typeof activations)[number];

/** The names that {@link Activation} takes. */
export const activations = ['linear', 'relu', 'relu6', 'hardSigmoid', 'hardSwish', 'gelu'] as const;

/** Throws an error that names `argument` unless `value` is an {@link Activation}. */
export function assertActivation(value: unknown, argument: string): asserts value is Activation {
  oneOf(value, activations, argument);
}

/**
 * Applies an activation to a float32 tensor of any shape, differentiably and on every backend.
 *
 * @throws if `name` is not one of {@link activations}.
 */
export function activate<T extends Tensor>(x: T, name: Activation): T {
  assertActivation(name, 'activation');
  return formulas[name](x);
}

const formulas: Readonly<Record<Activation, <T extends Tensor>(x: T) => T>> = {
  linear: (x) => x,
  relu: (x) => relu(x),
  relu6: (x) => relu6(x),
  hardSigmoid: gate,
  hardSwish: (x) => tidy(() => mul(x, gate(x))),
  gelu: (x) =>
    byKernel(geluGradient, x) ?? tidy(() => mul(x, mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5))),
};

/** relu6(x + 3) / 6; where there is no kernel of it, from ops whose gradients exist everywhere. */
function gate<T extends Tensor>(x: T): T {
  return byKernel(gateGradient, x) ?? tidy(() => mul(clipByValue(add(x, 3), 0, 6), 1 / 6));
}

/** Undefined where the active backend has no kernel of it. */
function byKernel<T extends Tensor>(gradient: GradConfig, x: T): T | undefined {
  if (x.dtype !== 'float32' || !hasKernel(gradient.kernelName, [x])) return undefined;
  return runFused(gradient, { x }, {})[0] as T;
}

const gateGradient = gradientOf('HardSigmoid');
const geluGradient = gradientOf('Gelu');

function gradientOf(kernelName: string): GradConfig {
  return {
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({
      x: () => runKernel(`${kernelName}Grad`, { a: dy as Tensor, b: x as Tensor }, {})[0] as Tensor,
    }),
  };
}
