import { boolean, type Given, number, optional, options, resolve } from '@mnet/core/options';
import { rmspropStep } from '@mnet/ops';
import { coefficientsOf, sharedConfig, sharedFields } from './groups.ts';
import type { Optimizer } from './optimizer.ts';
import { bindSlots } from './slots.ts';

/** What {@link RmspropOptions} are made of. */
export const rmspropOptions = options({
  /** η, used where no schedule is given; default 0.01. */
  learningRate: optional(number({ min: 0 }), 0.01),
  /** α, how much of the squares' average is kept, from 0 to 1; default 0.99. The MobileNet papers take 0.9. */
  alpha: optional(number({ min: 0, max: 1 }), 0.99),
  /** Added to the root of the squares' average; default 1e-8. */
  epsilon: optional(number({ min: 0 }), 1e-8),
  /** μ, from 0 to 1; default 0. The MobileNet papers take 0.9. */
  momentum: optional(number({ min: 0, max: 1 }), 0),
  /** Whether the gradients' variance takes the place of their squares; default false. */
  centered: optional(boolean(), false),
  /** L2 coefficient λ, added to the gradient; default 0. */
  weightDecay: optional(number({ min: 0 }), 0),
  ...sharedFields,
});

/** Settings of {@link rmsprop}. */
export interface RmspropOptions extends Given<typeof rmspropOptions> {}

/**
 * RMSprop, PyTorch's form:
 *
 *     g ← g + λ·p;   s ← α·s + (1 − α)·g²;   v ← μ·v + g / (√s + ε);   p ← p − η·v
 *
 * TensorFlow's, with which the MobileNet papers trained, adds ε under the root and takes η into v.
 *
 * Source: Tieleman and Hinton 2012, "Neural Networks for Machine Learning", lecture 6e,
 * https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf; centered: Graves 2013, "Generating
 * Sequences With Recurrent Neural Networks", equations 38 to 45, https://arxiv.org/abs/1308.0850
 *
 * @throws if an option is unknown or out of range.
 */
export function rmsprop(given: RmspropOptions = {}): Optimizer {
  const settings = resolve(rmspropOptions, given, 'rmsprop options');
  const { learningRate, alpha, epsilon, momentum, centered, weightDecay, ...shared } = settings;
  const config = { name: 'rmsprop', learningRate, alpha, epsilon, momentum, centered, weightDecay };
  const slotNames = [
    'squares' as const,
    ...(momentum > 0 ? (['velocity'] as const) : []),
    ...(centered ? (['mean'] as const) : []),
  ];
  return {
    name: 'rmsprop',
    learningRate,
    config: { ...config, ...sharedConfig(shared) },
    bind(variables) {
      const coefficients = coefficientsOf(variables, { weightDecay, ...shared });
      return bindSlots(variables, slotNames, coefficients, (update) => {
        const slots = {
          squares: update.slots.squares,
          velocities: update.slots.velocity ?? [],
          means: update.slots.mean ?? [],
        };
        const all = { ...update.shared, alpha, epsilon, momentum };
        rmspropStep(update.variables, update.gradients, slots, all);
      });
    },
  };
}
