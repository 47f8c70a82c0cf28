import { type Choice, spaceOf } from './operations/space.ts';

/**
 * The operations of TrivialAugment, of which one is drawn for each picture, with any magnitude.
 *
 * Source: Müller and Hutter 2021, "TrivialAugment: Tuning-free Yet State-of-the-Art Data Augmentation", the wide space of
 * table 1, https://arxiv.org/abs/2103.10158; ranges and signs as in torchvision's `TrivialAugmentWide`
 */
export function trivialAugmentSpace(): readonly Choice[] {
  return spaceOf({
    shear: 0.99,
    translateX: 32,
    translateY: 32,
    degrees: 135,
    change: 0.99,
    bits: 6,
  });
}
