import {
  add,
  div,
  maximum,
  mul,
  sqrt,
  square,
  sub,
  type Tensor,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { numberIn } from '@mnet/core/check';
import { objectOf } from '../check-tensors.ts';
import { hasKernel, runInPlace } from '../kernel.ts';
import {
  decayed,
  knownUpdate,
  match,
  resolveUpdate,
  scaled,
  type UpdateOptions,
} from './update.ts';

/** What one step of RMSprop takes; `weightDecay` is an L2 term in the gradient. */
export interface RmspropStepOptions extends UpdateOptions {
  /** α, how much of the squares' average is kept, from 0 to 1; default 0.99. */
  alpha?: number;
  /** Added to the root; default 1e-8. */
  epsilon?: number;
  /** μ, from 0 to 1; default 0. */
  momentum?: number;
}

/** What RMSprop remembers, each list with one for each variable, 0 before the first step. */
export interface RmspropSlots {
  /** s, the moving average of the squared gradients. */
  readonly squares: readonly Variable[];
  /** v; empty where momentum is 0. */
  readonly velocities: readonly Variable[];
  /** a, the moving average of the gradients; empty unless the variance takes the place of the squares (centered). */
  readonly means: readonly Variable[];
}

/**
 * One step of RMSprop over all variables, in place:
 *
 *     g ← g + λ·p;   s ← α·s + (1 − α)·g²;   a ← α·a + (1 − α)·g
 *     v ← μ·v + g / (√(centered ? s − a² : s) + ε);   p ← p − η·v
 *
 * as PyTorch has it. TensorFlow's adds ε under the root, and takes η into v.
 *
 * Source: Tieleman and Hinton 2012, "Neural Networks for Machine Learning", lecture 6e,
 * https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf; centered: Graves 2013, "Generating
 * Sequences With Recurrent Neural Networks", equations 38 to 45, https://arxiv.org/abs/1308.0850
 *
 * @param variables the parameters p, float32 of any shape
 * @param gradients one for each variable, of its shape
 * @throws if counts or shapes differ or an option is unknown or out of range.
 */
export function rmspropStep(
  variables: readonly Variable[],
  gradients: readonly Tensor[],
  slots: RmspropSlots,
  options: RmspropStepOptions,
): void {
  knownUpdate(options, ['alpha', 'epsilon', 'momentum'], 'rmspropStep options');
  objectOf(slots, 'squares, velocities and means', 'slots');
  const { alpha = 0.99, epsilon = 1e-8, momentum = 0 } = options;
  match(variables, gradients, 'gradients');
  const update = resolveUpdate(options, variables.length);
  numberIn(alpha, 0, 1, 'alpha');
  numberIn(epsilon, 0, Number.MAX_VALUE, 'epsilon');
  numberIn(momentum, 0, 1, 'momentum');
  const { squares, velocities, means } = slots;
  match(variables, squares, 'squares');
  if (momentum > 0) match(variables, velocities, 'velocities');
  if (!Array.isArray(means) || means.length > 0) match(variables, means, 'means');
  if (hasKernel('RmspropStep')) {
    const lists = { variables, gradients, squares, means };
    const own = { alpha, epsilon, momentum, velocities: momentum > 0 ? velocities : [] };
    runInPlace('RmspropStep', {}, { ...lists, ...update, ...own });
    return;
  }
  variables.forEach((variable, i) => {
    tidy(() => {
      const gradient = scaled(gradients[i] as Tensor, update.scale);
      const g = decayed(gradient, variable, update.decays[i] as number);
      const s = squares[i] as Variable;
      const average = (of: Variable, x: Tensor): void =>
        of.assign(add(mul(of, alpha), mul(x, 1 - alpha)));
      average(s, square(g));
      let spread: Tensor = s;
      const mean = means[i];
      if (mean) {
        average(mean, g);
        // Rounding may leave less than nothing.
        spread = maximum(sub(s, square(mean)), 0);
      }
      let step: Tensor = div(g, add(sqrt(spread), epsilon));
      const velocity = velocities[i];
      if (momentum > 0 && velocity) {
        velocity.assign(add(mul(velocity, momentum), step));
        step = velocity;
      }
      variable.assign(sub(variable, mul(step, update.learningRate * (update.rates[i] as number))));
    });
  });
}
