import { number } from '@mnet/core/options';
import { clipScale } from '@mnet/ops';
import type { GradientTransform } from './gradient-transform.ts';

/** What {@link clipByGlobalNorm} takes. */
export const maxNorm = number({ above: 0 });

/**
 * Scales all gradients down together where the norm of all of them is above a limit, as PyTorch's `clip_grad_norm_`:
 * what is in one {@link chain} with it gets gradients of the same direction and at most that length. The factor is
 * computed where the gradients are, and applied by the update's own pass.
 *
 * Source: Pascanu, Mikolov, Bengio 2013, "On the difficulty of training Recurrent Neural Networks", algorithm 1,
 * https://arxiv.org/abs/1211.5063
 *
 * @param norm the most that the norm may be, above 0
 * @throws if the norm is out of range.
 */
export function clipByGlobalNorm(norm: number): GradientTransform {
  maxNorm.check(norm, 'maxNorm');
  return {
    name: 'clipByGlobalNorm',
    config: { name: 'clipByGlobalNorm', maxNorm: norm },
    transform({ values, scale }) {
      const there = values.filter((gradient) => gradient !== null);
      return { values, scale: clipScale(there, { maxNorm: norm, ...(scale && { scale }) }) };
    },
  };
}
