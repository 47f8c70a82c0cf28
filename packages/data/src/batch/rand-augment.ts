import { integer, optional, options } from '@mnet/core/options';
import { type Choice, levels, spaceOf } from './operations/space.ts';

/** What `augment.randAugment` is made of. */
export const randAugmentOptions = options({
  /** Operations one after another, from 1 to 14; default 2. */
  operations: optional(integer({ min: 1, max: 14 }), 2),
  /** How strong each is, from 0 to 30; default 9. */
  magnitude: optional(integer({ min: 0, max: levels - 1 }), 9),
});

/**
 * The operations of RandAugment for pictures of a size.
 *
 * Source: Cubuk et al. 2019, "RandAugment: Practical automated data augmentation with a reduced search space",
 * https://arxiv.org/abs/1909.13719; ranges and signs as in torchvision's `RandAugment`
 */
export function randAugmentSpace(height: number, width: number): readonly Choice[] {
  return spaceOf({
    shear: 0.3,
    translateX: (150 / 331) * width,
    translateY: (150 / 331) * height,
    degrees: 30,
    change: 0.9,
    bits: 4,
  });
}
