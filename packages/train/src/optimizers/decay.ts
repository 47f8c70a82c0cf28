import type { Variable } from '@tensorflow/tfjs-core';
import { numberIn, show } from '@mnet/core/check';
import type { JsonValue } from '../json.ts';

/**
 * Which variables weight decay applies to:
 * - `all` (default): every trainable variable, as PyTorch's optimizers do
 * - `kernels`: those of rank 2 and more, so neither biases nor BatchNorm's γ and β
 * - a function of the variable's name and shape
 */
export type DecayFilter =
  | 'all'
  | 'kernels'
  | ((variable: { readonly name: string; readonly shape: readonly number[] }) => boolean);

/** Checks the two options that all optimizers share. */
export function checkDecay(weightDecay: unknown, decay: unknown): void {
  numberIn(weightDecay, 0, Number.MAX_VALUE, 'weightDecay');
  if (decay !== 'all' && decay !== 'kernels' && typeof decay !== 'function') {
    throw new TypeError(
      `decay: got ${show(decay)}, takes 'all', 'kernels' or ({ name, shape }) => boolean`,
    );
  }
}

/** The coefficient of each variable. */
export function decayCoefficients(
  variables: readonly Variable[],
  weightDecay: number,
  decay: DecayFilter,
): number[] {
  return variables.map(({ name, shape, rank }) => {
    if (decay === 'all') return weightDecay;
    const applies = decay === 'kernels' ? rank > 1 : decay({ name, shape });
    return applies ? weightDecay : 0;
  });
}

/** The filter as a run writes it down. */
export function decayConfig(decay: DecayFilter): JsonValue {
  return typeof decay === 'function' ? 'custom' : decay;
}
