import { boolean, type Given, number, optional, options, resolve } from '@mnet/core/options';
import { sgdStep } from '@mnet/ops';
import { coefficientsOf, sharedConfig, sharedFields } from './groups.ts';
import type { Optimizer } from './optimizer.ts';
import { bindSlots } from './slots.ts';

/** What {@link SgdOptions} are made of. */
export const sgdOptions = options({
  /** η, used where no schedule is given; default 0.01. */
  learningRate: optional(number({ min: 0 }), 0.01),
  /** μ, from 0 to 1; default 0. */
  momentum: optional(number({ min: 0, max: 1 }), 0),
  /** Nesterov's look-ahead; needs a momentum. Default false. */
  nesterov: optional(boolean(), false),
  /** L2 coefficient λ, added to the gradient; default 0. */
  weightDecay: optional(number({ min: 0 }), 0),
  ...sharedFields,
});

/** Settings of {@link sgd}. */
export interface SgdOptions extends Given<typeof sgdOptions> {}

/**
 * Stochastic gradient descent with momentum, PyTorch's form:
 *
 *     g ← g + λ·p;   v ← μ·v + g;   p ← p − η·(nesterov ? g + μ·v : v)
 *
 * Source: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning".
 *
 * @throws if an option is unknown or out of range.
 */
export function sgd(given: SgdOptions = {}): Optimizer {
  const { learningRate, momentum, nesterov, weightDecay, ...shared } = resolve(
    sgdOptions,
    given,
    'sgd options',
  );
  if (nesterov && momentum === 0) {
    throw new RangeError(
      'nesterov: got true with momentum 0, takes a momentum above 0, such as 0.9',
    );
  }
  const config = { name: 'sgd', learningRate, momentum, nesterov, weightDecay };
  return {
    name: 'sgd',
    learningRate,
    config: { ...config, ...sharedConfig(shared) },
    bind(variables) {
      const coefficients = coefficientsOf(variables, { weightDecay, ...shared });
      const slotNames = momentum > 0 ? (['velocity'] as const) : [];
      return bindSlots(variables, slotNames, coefficients, (update) => {
        sgdStep(update.variables, update.gradients, update.slots.velocity ?? [], {
          ...update.shared,
          momentum,
          nesterov,
        });
      });
    },
  };
}
