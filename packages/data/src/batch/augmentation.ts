import { integerIn } from '@mnet/core/check';
import {
  boolean,
  type Given,
  integer,
  nested,
  optional,
  options,
  required,
  type Resolved,
} from '@mnet/core/options';
import type { Random } from '@mnet/core/random';

const size = integer({ min: 0 });

/** What `crop` of {@link Augmentation} is made of. */
export const cropOptions = options({
  /** Pixels on every side, from 0; at most the image's height and width. */
  padding: required(size),
});

/** What `cutout` of {@link Augmentation} is made of. */
export const cutoutOptions = options({
  /** Of the square's side, in pixels, from 0; at most twice the image's. */
  size: required(size),
});

/** What {@link Augmentation} is made of, for options that contain it: `augment: optional(nested(augmentation))`. */
export const augmentation = options({
  /**
   * Random crop: the image is padded by `padding` pixels on every side, at most its height and width, and a window of
   * its own size is cut out at a uniformly random place. The padding is 0 after normalisation, which is the data
   * set's mean colour (torchvision's RandomCrop before ToTensor pads with black instead).
   */
  crop: optional(nested(cropOptions)),
  /** Mirrors left and right with probability 1/2. Default false. */
  flip: optional(boolean(), false),
  /**
   * Cutout (DeVries and Taylor 2017, arXiv:1708.04552, section 3): a square of `size` pixels around a uniformly random
   * pixel is set to 0 after normalisation; where it reaches over the border it is cut. At most twice the image.
   */
  cutout: optional(nested(cutoutOptions)),
});

/** Random changes to training images. Each is off unless given. */
export interface Augmentation extends Given<typeof augmentation> {}

/** An augmentation with every size resolved; 0 is off. */
export interface AugmentationPlan {
  readonly padding: number;
  readonly flip: boolean;
  readonly cutout: number;
}

/** What was drawn for one image. The window's offset is relative to the unpadded image. */
export interface AugmentationDraw {
  dy: number;
  dx: number;
  flip: boolean;
  /** The erased rows [y0, y1) and columns [x0, x1) of the result; none where empty. */
  y0: number;
  y1: number;
  x0: number;
  x1: number;
}

/** What `augment` asks for, in pixels of images of this size; undefined: nothing. */
export function augmentationPlan(
  augment: Resolved<typeof augmentation> | undefined,
  height: number,
  width: number,
): AugmentationPlan | undefined {
  if (augment === undefined) return undefined;
  const { crop, flip, cutout } = augment;
  const plan = { padding: crop?.padding ?? 0, flip, cutout: cutout?.size ?? 0 };
  integerIn(plan.padding, 0, Math.min(height, width), 'augment.crop.padding');
  integerIn(plan.cutout, 0, 2 * Math.max(height, width), 'augment.cutout.size');
  return plan.padding === 0 && !plan.flip && plan.cutout === 0 ? undefined : plan;
}

/** Draws one image's augmentation from its own stream into `draw`. */
export function drawAugmentation(
  plan: AugmentationPlan,
  random: Random,
  height: number,
  width: number,
  draw: AugmentationDraw,
): void {
  // Always in this order, so that adding cutout to a recipe leaves its crops and flips as they were.
  draw.flip = random.next() >= 0x8000_0000 && plan.flip;
  draw.dy = random.below(2 * plan.padding + 1) - plan.padding;
  draw.dx = random.below(2 * plan.padding + 1) - plan.padding;
  const top = random.below(height) - (plan.cutout >> 1);
  const left = random.below(width) - (plan.cutout >> 1);
  draw.y0 = Math.max(0, top);
  draw.y1 = Math.min(height, top + plan.cutout);
  draw.x0 = Math.max(0, left);
  draw.x1 = Math.min(width, left + plan.cutout);
}
