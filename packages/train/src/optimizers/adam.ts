import { type Given, number, optional, options, type Resolved, resolve } from '@mnet/core/options';
import { adamStep } from '@mnet/ops';
import { coefficientsOf, sharedConfig, sharedFields } from './groups.ts';
import type { Optimizer } from './optimizer.ts';
import { bindSlots } from './slots.ts';

/** A decay of a moment: of 1, the correction would divide by 0. */
const momentDecay = number({ min: 0, below: 1 });

const fields = {
  /** η, used where no schedule is given; default 0.001. */
  learningRate: optional(number({ min: 0 }), 0.001),
  /** Decay of the first moment, from 0 to below 1; default 0.9. */
  beta1: optional(momentDecay, 0.9),
  /** Decay of the second moment, from 0 to below 1; default 0.999. */
  beta2: optional(momentDecay, 0.999),
  /** Added to the root of the second moment; default 1e-8. */
  epsilon: optional(number({ min: 0 }), 1e-8),
  /** Coefficient λ; default 0 for adam, 0.01 for adamW. */
  weightDecay: optional(number({ min: 0 }), 0),
  ...sharedFields,
};

/** What {@link AdamOptions} are made of, with the defaults of {@link adam}. */
export const adamOptions = options(fields);

/** {@link adamOptions} with the defaults of {@link adamW}. */
export const adamWOptions = options({
  ...fields,
  weightDecay: optional(number({ min: 0 }), 0.01),
});

/** Settings of {@link adam} and {@link adamW}. */
export interface AdamOptions extends Given<typeof adamOptions> {}

/**
 * Adam; weight decay is an L2 term in the gradient, as in PyTorch's `Adam`.
 *
 * Source: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1, https://arxiv.org/abs/1412.6980
 *
 * @throws if an option is unknown or out of range.
 */
export function adam(given: AdamOptions = {}): Optimizer {
  return adamFamily('adam', resolve(adamOptions, given, 'adam options'), false);
}

/**
 * AdamW; weight decay shrinks the weights beside the gradient, p ← p·(1 − η·λ), as in PyTorch's `AdamW`.
 *
 * Source: Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2, https://arxiv.org/abs/1711.05101
 *
 * @throws if an option is unknown or out of range.
 */
export function adamW(given: AdamOptions = {}): Optimizer {
  return adamFamily('adamW', resolve(adamWOptions, given, 'adamW options'), true);
}

function adamFamily(
  name: string,
  settings: Resolved<typeof adamOptions>,
  decoupled: boolean,
): Optimizer {
  const { learningRate, beta1, beta2, epsilon, weightDecay, ...shared } = settings;
  const config = { name, learningRate, beta1, beta2, epsilon, weightDecay };
  return {
    name,
    learningRate,
    config: { ...config, ...sharedConfig(shared) },
    bind(variables) {
      const coefficients = coefficientsOf(variables, { weightDecay, ...shared });
      const slotNames = ['firstMoment', 'secondMoment'] as const;
      return bindSlots(variables, slotNames, coefficients, (update) => {
        const { firstMoment, secondMoment } = update.slots;
        const own = { step: update.step, beta1, beta2, epsilon, decoupled };
        const all = { ...update.shared, ...own };
        adamStep(update.variables, update.gradients, firstMoment, secondMoment, all);
      });
    },
  };
}
