import { adamStep } from '@mnet/ops';
import { knownOptions, numberIn } from '@mnet/core/check';
import { checkDecay, decayCoefficients, decayConfig, type DecayFilter } from './decay.ts';
import { bindSlots, type Optimizer } from './optimizer.ts';

/** Settings of {@link adam} and {@link adamW}. */
export interface AdamOptions {
  /** η, used where no schedule is given; default 0.001. */
  learningRate?: number;
  /** Decay of the first moment, from 0 to below 1; default 0.9. */
  beta1?: number;
  /** Decay of the second moment, from 0 to below 1; default 0.999. */
  beta2?: number;
  /** Added to the root of the second moment; default 1e-8. */
  epsilon?: number;
  /** Coefficient λ; default 0 for adam, 0.01 for adamW. */
  weightDecay?: number;
  /** Which variables the decay applies to; default `all`. */
  decay?: DecayFilter;
}

/**
 * Adam; weight decay is an L2 term in the gradient, as in PyTorch's `Adam`.
 *
 * Source: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1, https://arxiv.org/abs/1412.6980
 *
 * @throws if an option is unknown or out of range.
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return adamFamily('adam', options, { weightDecay: 0, decoupled: false });
}

/**
 * AdamW; weight decay shrinks the weights beside the gradient, p ← p·(1 − η·λ), as in PyTorch's `AdamW`.
 *
 * Source: Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2, https://arxiv.org/abs/1711.05101
 *
 * @throws if an option is unknown or out of range.
 */
export function adamW(options: AdamOptions = {}): Optimizer {
  return adamFamily('adamW', options, { weightDecay: 0.01, decoupled: true });
}

function adamFamily(
  name: string,
  options: AdamOptions,
  defaults: { weightDecay: number; decoupled: boolean },
): Optimizer {
  const keys = ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay', 'decay'];
  knownOptions(options, keys, `${name} options`);
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const { weightDecay = defaults.weightDecay, decay = 'all' } = options;
  const { decoupled } = defaults;
  numberIn(learningRate, 0, Number.MAX_VALUE, 'learningRate');
  for (const [argument, beta] of Object.entries({ beta1, beta2 })) {
    numberIn(beta, 0, 1, argument);
    if (beta === 1) throw new RangeError(`${argument}: got 1, takes a number from 0 to below 1`);
  }
  numberIn(epsilon, 0, Number.MAX_VALUE, 'epsilon');
  checkDecay(weightDecay, decay);
  const config = { name, learningRate, beta1, beta2, epsilon, weightDecay };
  return {
    name,
    learningRate,
    config: { ...config, decay: decayConfig(decay) },
    bind(variables) {
      const decays = decayCoefficients(variables, weightDecay, decay);
      return bindSlots(variables, ['firstMoment', 'secondMoment'] as const, (update) => {
        const { firstMoment, secondMoment } = update.slots;
        adamStep(update.variables, update.gradients, firstMoment, secondMoment, {
          step: update.step,
          learningRate: update.learningRate,
          beta1,
          beta2,
          epsilon,
          weightDecay: update.places.map((i) => decays[i] as number),
          decoupled,
        });
      });
    },
  };
}
