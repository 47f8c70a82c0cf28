import {
  add,
  div,
  mul,
  sqrt,
  square,
  sub,
  type Tensor,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { numberIn } from '@mnet/core/check';
import { hasKernel, runInPlace } from './kernel.ts';

/** What one step of SGD takes. */
export interface SgdStepOptions {
  learningRate: number;
  /** μ, from 0 to 1; default 0. */
  momentum?: number;
  /** Nesterov's look-ahead; needs a momentum. Default false. */
  nesterov?: boolean;
  /** L2 coefficient λ, one for all variables or one for each; default 0. */
  weightDecay?: number | readonly number[];
}

/**
 * One step of stochastic gradient descent over all variables, in place:
 *
 *     g ← g + λ·p;   v ← μ·v + g;   p ← p − η·(nesterov ? g + μ·v : v)
 *
 * as PyTorch has it (dampening 0), so that velocities which start at 0 give the same weights.
 * Source: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning".
 *
 * @param variables the parameters p, float32 of any shape
 * @param gradients one for each variable, of its shape
 * @param velocities v, one for each variable; empty where momentum is 0
 * @throws if counts or shapes differ or an option is out of range.
 */
export function sgdStep(
  variables: readonly Variable[],
  gradients: readonly Tensor[],
  velocities: readonly Variable[],
  options: SgdStepOptions,
): void {
  const { learningRate, momentum = 0, nesterov = false, weightDecay = 0 } = options;
  numberIn(learningRate, 0, Number.MAX_VALUE, 'learningRate');
  numberIn(momentum, 0, 1, 'momentum');
  if (nesterov && momentum === 0) {
    throw new RangeError('nesterov: got true with momentum 0, takes a momentum above 0');
  }
  const decays = decayOf(weightDecay, variables.length);
  match(variables, gradients, 'gradients');
  if (momentum > 0) match(variables, velocities, 'velocities');
  if (hasKernel('SgdStep')) {
    const lists = { variables, gradients, velocities: momentum > 0 ? velocities : [] };
    runInPlace('SgdStep', {}, { ...lists, learningRate, momentum, nesterov, decays });
    return;
  }
  variables.forEach((variable, i) => {
    tidy(() => {
      const g = decayed(gradients[i] as Tensor, variable, decays[i] as number);
      let step = g;
      const velocity = velocities[i];
      if (momentum > 0 && velocity) {
        velocity.assign(add(mul(velocity, momentum), g));
        step = nesterov ? add(g, mul(velocity, momentum)) : velocity;
      }
      variable.assign(sub(variable, mul(step, learningRate)));
    });
  });
}

/** What one step of Adam or AdamW takes. */
export interface AdamStepOptions {
  /** Which step this is, from 1. */
  step: number;
  learningRate: number;
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Default 1e-8. */
  epsilon?: number;
  /** Coefficient λ, one for all variables or one for each; default 0. */
  weightDecay?: number | readonly number[];
  /** true: AdamW's decay of the weights, p ← p·(1 − η·λ); false (default): L2 in the gradient. */
  decoupled?: boolean;
}

/**
 * One step of Adam or AdamW over all variables, in place, at step t:
 *
 *     m ← β₁·m + (1 − β₁)·g;   v ← β₂·v + (1 − β₂)·g²
 *     p ← p − η · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
 *
 * Sources: Kingma and Ba 2015, "Adam", algorithm 1, https://arxiv.org/abs/1412.6980;
 * Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2, https://arxiv.org/abs/1711.05101
 *
 * @param variables the parameters p, float32 of any shape
 * @param gradients one for each variable, of its shape
 * @param firstMoments m, one for each variable, 0 before the first step
 * @param secondMoments v, one for each variable, 0 before the first step
 * @throws if counts or shapes differ or an option is out of range.
 */
export function adamStep(
  variables: readonly Variable[],
  gradients: readonly Tensor[],
  firstMoments: readonly Variable[],
  secondMoments: readonly Variable[],
  options: AdamStepOptions,
): void {
  const { step, learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const { weightDecay = 0, decoupled = false } = options;
  if (!Number.isInteger(step) || step < 1) {
    throw new RangeError(`step: got ${step}, takes a whole number from 1`);
  }
  numberIn(learningRate, 0, Number.MAX_VALUE, 'learningRate');
  numberIn(beta1, 0, 1, 'beta1');
  numberIn(beta2, 0, 1, 'beta2');
  numberIn(epsilon, 0, Number.MAX_VALUE, 'epsilon');
  const decays = decayOf(weightDecay, variables.length);
  match(variables, gradients, 'gradients');
  match(variables, firstMoments, 'firstMoments');
  match(variables, secondMoments, 'secondMoments');
  const correction1 = 1 - beta1 ** step;
  const correction2 = 1 - beta2 ** step;
  if (hasKernel('AdamStep')) {
    const lists = { variables, gradients, firstMoments, secondMoments };
    const rates = { learningRate, beta1, beta2, epsilon, correction1, correction2 };
    runInPlace('AdamStep', {}, { ...lists, ...rates, decays, decoupled });
    return;
  }
  variables.forEach((variable, i) => {
    tidy(() => {
      const decay = decays[i] as number;
      const m = firstMoments[i] as Variable;
      const v = secondMoments[i] as Variable;
      const gradient = gradients[i] as Tensor;
      const g = decoupled ? gradient : decayed(gradient, variable, decay);
      const kept = decoupled && decay > 0 ? mul(variable, 1 - learningRate * decay) : variable;
      m.assign(add(mul(m, beta1), mul(g, 1 - beta1)));
      v.assign(add(mul(v, beta2), mul(square(g), 1 - beta2)));
      const size = add(div(sqrt(v), Math.sqrt(correction2)), epsilon);
      variable.assign(sub(kept, div(mul(m, learningRate / correction1), size)));
    });
  });
}

function decayed(gradient: Tensor, variable: Variable, decay: number): Tensor {
  return decay > 0 ? add(gradient, mul(variable, decay)) : gradient;
}

function decayOf(weightDecay: number | readonly number[], count: number): readonly number[] {
  const decays =
    typeof weightDecay === 'number' ? Array<number>(count).fill(weightDecay) : weightDecay;
  if (decays.length !== count) {
    throw new RangeError(
      `weightDecay: got ${decays.length} values, takes a number or one for each of ${count} variables`,
    );
  }
  for (const decay of decays) numberIn(decay, 0, Number.MAX_VALUE, 'weightDecay');
  return decays;
}

function match(variables: readonly Variable[], others: readonly Tensor[], argument: string): void {
  if (others.length !== variables.length) {
    throw new RangeError(
      `${argument}: got ${others.length}, takes one for each of the ${variables.length} variables`,
    );
  }
  variables.forEach((variable, i) => {
    const other = others[i] as Tensor;
    if (variable.dtype !== 'float32') {
      throw new TypeError(
        `variables[${i}]: got ${variable.dtype} ${variable.name}, takes float32 variables`,
      );
    }
    if (other.dtype !== 'float32' || other.shape.join() !== variable.shape.join()) {
      throw new TypeError(
        `${argument}[${i}]: got ${other.dtype} [${other.shape.join(', ')}], takes float32 [${variable.shape.join(', ')}], the shape of ${variable.name}`,
      );
    }
  });
}
