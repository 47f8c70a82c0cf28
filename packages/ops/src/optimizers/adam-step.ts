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
import { integerFrom, numberBelow, numberIn } from '@mnet/core/check';
import { hasKernel, runInPlace } from '../kernel.ts';
import {
  decayed,
  knownUpdate,
  match,
  resolveUpdate,
  scaled,
  type UpdateOptions,
} from './update.ts';

/** What one step of Adam or AdamW takes. */
export interface AdamStepOptions extends UpdateOptions {
  /** Which step this is, from 1. */
  step: number;
  /** From 0 to below 1; default 0.9. */
  beta1?: number;
  /** From 0 to below 1; default 0.999. */
  beta2?: number;
  /** Default 1e-8. */
  epsilon?: number;
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
 * @throws if counts or shapes differ or an option is unknown or out of range.
 */
export function adamStep(
  variables: readonly Variable[],
  gradients: readonly Tensor[],
  firstMoments: readonly Variable[],
  secondMoments: readonly Variable[],
  options: AdamStepOptions,
): void {
  knownUpdate(options, ['step', 'beta1', 'beta2', 'epsilon', 'decoupled'], 'adamStep options');
  const { step, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decoupled = false } = options;
  integerFrom(step, 1, 'step');
  match(variables, gradients, 'gradients');
  const update = resolveUpdate(options, variables.length);
  // Of 1, the correction would divide by 0.
  numberBelow(beta1, 0, 1, 'beta1');
  numberBelow(beta2, 0, 1, 'beta2');
  numberIn(epsilon, 0, Number.MAX_VALUE, 'epsilon');
  match(variables, firstMoments, 'firstMoments');
  match(variables, secondMoments, 'secondMoments');
  const correction1 = 1 - beta1 ** step;
  const correction2 = 1 - beta2 ** step;
  if (hasKernel('AdamStep')) {
    const lists = { variables, gradients, firstMoments, secondMoments };
    const rates = { beta1, beta2, epsilon, correction1, correction2 };
    runInPlace('AdamStep', {}, { ...lists, ...update, ...rates, decoupled });
    return;
  }
  variables.forEach((variable, i) => {
    tidy(() => {
      const decay = update.decays[i] as number;
      const rate = update.learningRate * (update.rates[i] as number);
      const m = firstMoments[i] as Variable;
      const v = secondMoments[i] as Variable;
      const gradient = scaled(gradients[i] as Tensor, update.scale);
      const g = decoupled ? gradient : decayed(gradient, variable, decay);
      const kept = decoupled && decay > 0 ? mul(variable, 1 - rate * decay) : variable;
      m.assign(add(mul(m, beta1), mul(g, 1 - beta1)));
      v.assign(add(mul(v, beta2), mul(square(g), 1 - beta2)));
      const size = add(div(sqrt(v), Math.sqrt(correction2)), epsilon);
      variable.assign(sub(kept, div(mul(m, rate / correction1), size)));
    });
  });
}
