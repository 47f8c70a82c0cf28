import { add, mul, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import { integerFrom, knownOptions, numberIn } from '@mnet/core/check';
import { hasKernel, runInPlace } from '../kernel.ts';
import { match } from './update.ts';

/**
 * One step of an exponential moving average over all variables, in place, in one launch where the backend has the
 * kernel:
 *
 *     a ← d·a + (1 − d)·w
 *
 * Source: Polyak and Juditsky 1992, "Acceleration of Stochastic Approximation by Averaging".
 *
 * @param averages a, float32 of any shape
 * @param weights w, one for each average, of its shape
 * @param decay d, from 0 to 1
 * @throws if counts or shapes differ or the decay is out of range.
 */
export function emaStep(
  averages: readonly Variable[],
  weights: readonly Tensor[],
  decay: number,
): void {
  numberIn(decay, 0, 1, 'decay');
  match(averages, weights, 'weights');
  blend(averages, weights, decay, 1 - decay);
}

/**
 * One step of look-ahead over all variables, in place, in two launches where the backend has the kernel. The slow weights
 * move towards the fast ones, which are then set back to them:
 *
 *     s ← d·s + (1 − d)·w;   w ← s
 *
 * Source: Zhang et al. 2019, "Lookahead Optimizer: k steps forward, 1 step back", algorithm 1, where 1 − d is α,
 * https://arxiv.org/abs/1907.08610
 *
 * @param slow s, float32 of any shape
 * @param fast w, one for each slow weight, of its shape
 * @param decay d, from 0 to 1
 * @throws if counts or shapes differ or the decay is out of range.
 */
export function lookaheadStep(
  slow: readonly Variable[],
  fast: readonly Variable[],
  decay: number,
): void {
  numberIn(decay, 0, 1, 'decay');
  match(slow, fast, 'fast');
  blend(slow, fast, decay, 1 - decay);
  blend(fast, slow, 0, 1);
}

/**
 * Adds a share of gradients to their sums, in place, so that `steps` of them in a row leave the mean:
 *
 *     s ← g / steps at the first,   s ← s + g / steps after it
 *
 * @param sums s, float32 of any shape
 * @param gradients g, one for each sum, of its shape
 * @param options `steps`, how many make the mean, from 1; `first`, whether the sums begin anew
 * @throws if counts or shapes differ or an option is unknown or out of range.
 */
export function accumulateStep(
  sums: readonly Variable[],
  gradients: readonly Tensor[],
  options: { steps: number; first: boolean },
): void {
  knownOptions(options, ['steps', 'first'], 'accumulateStep options');
  const { steps, first } = options;
  integerFrom(steps, 1, 'steps');
  match(sums, gradients, 'gradients');
  blend(sums, gradients, first ? 0 : 1, 1 / steps);
}

/** a ← keep·a + take·b; with keep 0, whatever a is. */
function blend(
  variables: readonly Variable[],
  others: readonly Tensor[],
  keep: number,
  take: number,
): void {
  if (hasKernel('BlendStep')) {
    runInPlace('BlendStep', {}, { variables, others, keep, take });
    return;
  }
  variables.forEach((variable, i) => {
    tidy(() => {
      const taken = mul(others[i] as Tensor, take);
      variable.assign(keep === 0 ? taken : add(mul(variable, keep), taken));
    });
  });
}
