import { sgdStep } from '@mnet/ops';
import { booleanValue, knownOptions, numberIn } from '@mnet/core/check';
import { checkDecay, decayCoefficients, decayConfig, type DecayFilter } from './decay.ts';
import { bindSlots, type Optimizer } from './optimizer.ts';

/** Settings of {@link sgd}. */
export interface SgdOptions {
  /** η, used where no schedule is given; default 0.01. */
  learningRate?: number;
  /** μ, from 0 to 1; default 0. */
  momentum?: number;
  /** Nesterov's look-ahead; needs a momentum. Default false. */
  nesterov?: boolean;
  /** L2 coefficient λ, added to the gradient; default 0. */
  weightDecay?: number;
  /** Which variables the decay applies to; default `all`. */
  decay?: DecayFilter;
}

/**
 * Stochastic gradient descent with momentum, PyTorch's form:
 *
 *     g ← g + λ·p;   v ← μ·v + g;   p ← p − η·(nesterov ? g + μ·v : v)
 *
 * Source: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning".
 *
 * @throws if an option is unknown or out of range.
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  knownOptions(
    options,
    ['learningRate', 'momentum', 'nesterov', 'weightDecay', 'decay'],
    'sgd options',
  );
  const { learningRate = 0.01, momentum = 0, nesterov = false } = options;
  const { weightDecay = 0, decay = 'all' } = options;
  numberIn(learningRate, 0, Number.MAX_VALUE, 'learningRate');
  numberIn(momentum, 0, 1, 'momentum');
  booleanValue(nesterov, 'nesterov');
  if (nesterov && momentum === 0) {
    throw new RangeError(
      'nesterov: got true with momentum 0, takes a momentum above 0, such as 0.9',
    );
  }
  checkDecay(weightDecay, decay);
  return {
    name: 'sgd',
    learningRate,
    config: {
      name: 'sgd',
      learningRate,
      momentum,
      nesterov,
      weightDecay,
      decay: decayConfig(decay),
    },
    bind(variables) {
      const decays = decayCoefficients(variables, weightDecay, decay);
      return bindSlots(variables, momentum > 0 ? (['velocity'] as const) : [], (update) => {
        sgdStep(update.variables, update.gradients, update.slots.velocity ?? [], {
          learningRate: update.learningRate,
          momentum,
          nesterov,
          weightDecay: update.places.map((i) => decays[i] as number),
        });
      });
    },
  };
}
