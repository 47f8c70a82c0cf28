import { add, mul, sub, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import { numberIn } from '@mnet/core/check';
import { hasKernel, runInPlace } from '../kernel.ts';
import {
  decayed,
  knownUpdate,
  match,
  resolveUpdate,
  scaled,
  type UpdateOptions,
} from './update.ts';

/** What one step of SGD takes; `weightDecay` is an L2 term in the gradient. */
export interface SgdStepOptions extends UpdateOptions {
  /** μ, from 0 to 1; default 0. */
  momentum?: number;
  /** Nesterov's look-ahead; needs a momentum. Default false. */
  nesterov?: boolean;
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
 * @throws if counts or shapes differ or an option is unknown or out of range.
 */
export function sgdStep(
  variables: readonly Variable[],
  gradients: readonly Tensor[],
  velocities: readonly Variable[],
  options: SgdStepOptions,
): void {
  knownUpdate(options, ['momentum', 'nesterov'], 'sgdStep options');
  const { momentum = 0, nesterov = false } = options;
  match(variables, gradients, 'gradients');
  const update = resolveUpdate(options, variables.length);
  numberIn(momentum, 0, 1, 'momentum');
  if (nesterov && momentum === 0) {
    throw new RangeError('nesterov: got true with momentum 0, takes a momentum above 0');
  }
  if (momentum > 0) match(variables, velocities, 'velocities');
  if (hasKernel('SgdStep')) {
    const lists = { variables, gradients, velocities: momentum > 0 ? velocities : [] };
    runInPlace('SgdStep', {}, { ...lists, ...update, momentum, nesterov });
    return;
  }
  const { learningRate, rates, decays, scale } = update;
  variables.forEach((variable, i) => {
    tidy(() => {
      const gradient = scaled(gradients[i] as Tensor, scale);
      const g = decayed(gradient, variable, decays[i] as number);
      let step = g;
      const velocity = velocities[i];
      if (momentum > 0 && velocity) {
        velocity.assign(add(mul(velocity, momentum), g));
        step = nesterov ? add(g, mul(velocity, momentum)) : velocity;
      }
      variable.assign(sub(variable, mul(step, learningRate * (rates[i] as number))));
    });
  });
}
