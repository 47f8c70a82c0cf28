import { numberAbove } from '@mnet/core/check';
import { clipScale } from '@mnet/ops';
import type { GradientTransform } from './gradient-transform.ts';

/**
 * Scales all gradients down together where the norm of all of them is above `maxNorm`, as PyTorch's `clip_grad_norm_`:
 * what is in one {@link chain} with it gets gradients of the same direction and at most that length. The factor is
 * computed where the gradients are, and applied by the update's own pass.
 *
 * Source: Pascanu, Mikolov, Bengio 2013, "On the difficulty of training Recurrent Neural Networks", algorithm 1,
 * https://arxiv.org/abs/1211.5063
 *
 * @param maxNorm above 0
 * @throws if the norm is out of range.
 */
export function clipByGlobalNorm(maxNorm: number): GradientTransform {
  numberAbove(maxNorm, 0, Number.MAX_VALUE, 'maxNorm');
  return {
    name: 'clipByGlobalNorm',
    config: { name: 'clipByGlobalNorm', maxNorm },
    transform({ values, scale }) {
      const there = values.filter((gradient) => gradient !== null);
      return { values, scale: clipScale(there, { maxNorm, ...(scale && { scale }) }) };
    },
  };
}
