import { rotate, shearX, shearY, translateX, translateY } from './affine.ts';
import { brightness, color, contrast, sharpness } from './enhance.ts';
import type { Operation } from './picture.ts';
import { autoContrast, equalize, posterize, solarize } from './tones.ts';

/**
 * What may be done to a picture, by name, at a magnitude: the operations of AutoAugment (Cubuk et al. 2019, arXiv:1805.09501)
 * as torchvision has them for pictures of Pillow, with the nearest pixel and black behind the border.
 */
export const operations = {
  identity: (): Operation => (source, _shape, out) => out.set(source),
  shearX,
  shearY,
  translateX,
  translateY,
  rotate,
  brightness: (change) => brightness(1 + change),
  color: (change) => color(1 + change),
  contrast: (change) => contrast(1 + change),
  sharpness: (change) => sharpness(1 + change),
  posterize,
  solarize,
  autoContrast: () => autoContrast,
  equalize: () => equalize,
} as const satisfies Readonly<Record<string, (magnitude: number) => Operation>>;

/** The name of one of {@link operations}. */
export type OperationName = keyof typeof operations;
