import { integerIn } from '@mnet/core/check';
import {
  boolean,
  choice,
  type Given,
  integer,
  nested,
  optional,
  options,
  required,
  type Resolved,
} from '@mnet/core/options';
import type { Random } from '@mnet/core/random';
import { flip, mirrors } from './flip.ts';
import { cutmixOptions, type MixingPlan, mixupOptions } from './mixing.ts';
import type { OperationsPlan } from './operations/random-operations.ts';
import { randAugmentOptions, randAugmentSpace } from './rand-augment.ts';
import { randomErasingOptions } from './random-erasing.ts';
import type { Rectangle } from './rectangle.ts';
import { trivialAugmentSpace } from './trivial-augment.ts';

const size = integer({ min: 0 });

/** What `crop` of {@link Augmentation} is made of. */
export const cropOptions = options({
  /** Pixels on every side, from 0; at most the image's height and width. */
  padding: required(size),
  /**
   * What is beyond the image: `mean`, its mean colour, or `reflect`, the image mirrored at its border pixels, which are not
   * repeated; the padding is then at most the height and width less 1. Default `mean`.
   */
  fill: optional(choice(['mean', 'reflect']), 'mean'),
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
   * set's mean colour (torchvision's RandomCrop before ToTensor pads with black instead), or the image mirrored:
   * `fill: 'reflect'`.
   */
  crop: optional(nested(cropOptions)),
  /**
   * Mirrors left and right with probability 1/2. `'alternate'` (Jordan 2024, arXiv:2404.00498, section 3.6): in the first
   * epoch, from then on the half that was not mirrored in the epoch before. Default false.
   */
  flip: optional(flip, false),
  /**
   * Cutout (DeVries and Taylor 2017, arXiv:1708.04552, section 3): a square of `size` pixels around a uniformly random
   * pixel is set to 0 after normalisation; where it reaches over the border it is cut. At most twice the image.
   */
  cutout: optional(nested(cutoutOptions)),
  /**
   * Random erasing (Zhong et al. 2020, arXiv:1708.04896): a rectangle of random size and form is set to 0 after
   * normalisation. `{}` has torchvision's defaults.
   */
  randomErasing: optional(nested(randomErasingOptions)),
  /**
   * RandAugment (Cubuk et al. 2019, arXiv:1909.13719): so many random operations on the picture's bytes, before it is
   * cropped and mirrored, each of the given strength, as torchvision has them. What comes in from behind the border is
   * black. For images of 1 or 3 channels. `{}` has the paper's defaults.
   */
  randAugment: optional(nested(randAugmentOptions)),
  /**
   * TrivialAugment (Müller and Hutter 2021, arXiv:2103.10158): one random operation of random strength, as torchvision's
   * `TrivialAugmentWide` has them, otherwise as `randAugment`, beside which it is not taken. Default false.
   */
  trivialAugment: optional(boolean(), false),
  /**
   * Mixup (Zhang et al. 2018, arXiv:1710.09412): each picture of a batch is blended with another one of it, all with one
   * share λ; `Batch.mix` has the partners' labels and λ. Beside `cutmix`, each batch has one of the two.
   */
  mixup: optional(nested(mixupOptions)),
  /**
   * CutMix (Yun et al. 2019, arXiv:1905.04899): a rectangle of each picture of a batch comes from another one of it, in
   * all the same; `Batch.mix` has the partners' labels and the exact share of the area.
   */
  cutmix: optional(nested(cutmixOptions)),
});

/** Random changes to training images. Each is off unless given. */
export interface Augmentation extends Given<typeof augmentation> {}

/** What is done to each picture; 0, false and undefined are off. */
export interface AugmentationPlan {
  readonly padding: number;
  /** Whether the padding mirrors the image. */
  readonly reflect: boolean;
  readonly flip: boolean | 'alternate';
  readonly cutout: number;
  readonly erasing: Resolved<typeof randomErasingOptions> | undefined;
  readonly operations: OperationsPlan | undefined;
}

/** What was drawn for one image. The window's offset is relative to the unpadded image. */
export interface AugmentationDraw extends Rectangle {
  dy: number;
  dx: number;
  flip: boolean;
}

/** What `augment` asks for, for each picture of images of this shape; undefined: nothing. */
export function augmentationPlan(
  augment: Resolved<typeof augmentation> | undefined,
  shape: readonly [height: number, width: number, channels: number],
): AugmentationPlan | undefined {
  if (augment === undefined) return undefined;
  const [height, width] = shape;
  const { crop, flip: mirror, cutout, randomErasing } = augment;
  const plan = {
    padding: crop?.padding ?? 0,
    reflect: crop?.fill === 'reflect',
    flip: mirror,
    cutout: cutout?.size ?? 0,
    erasing: randomErasing?.probability === 0 ? undefined : randomErasing,
    operations: operationsPlan(augment, shape),
  };
  const most = Math.min(height, width) - (plan.reflect ? 1 : 0);
  integerIn(plan.padding, 0, most, 'augment.crop.padding');
  integerIn(plan.cutout, 0, 2 * Math.max(height, width), 'augment.cutout.size');
  const changes = plan.padding > 0 || plan.flip !== false || plan.cutout > 0;
  return changes || plan.erasing || plan.operations ? plan : undefined;
}

function operationsPlan(
  { randAugment, trivialAugment }: Resolved<typeof augmentation>,
  [height, width, channels]: readonly [height: number, width: number, channels: number],
): OperationsPlan | undefined {
  if (!randAugment && !trivialAugment) return undefined;
  if (randAugment && trivialAugment) {
    throw new TypeError('augment.randAugment, augment.trivialAugment: got both, takes one of them');
  }
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(
      `augment.${randAugment ? 'randAugment' : 'trivialAugment'}: got images of ${channels} channels, takes 1 or 3`,
    );
  }
  if (!randAugment) return { count: 1, space: trivialAugmentSpace(), level: undefined };
  const { operations, magnitude } = randAugment;
  return { count: operations, space: randAugmentSpace(height, width), level: magnitude };
}

/** How `augment` asks for batches to be mixed; undefined: not at all. */
export function mixingPlan(
  augment: Resolved<typeof augmentation> | undefined,
): MixingPlan | undefined {
  if (!augment?.mixup && !augment?.cutmix) return undefined;
  return { mixup: augment.mixup, cutmix: augment.cutmix };
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
  draw.flip = mirrors(random) && plan.flip === true;
  draw.dy = random.below(2 * plan.padding + 1) - plan.padding;
  draw.dx = random.below(2 * plan.padding + 1) - plan.padding;
  const top = random.below(height) - (plan.cutout >> 1);
  const left = random.below(width) - (plan.cutout >> 1);
  draw.y0 = Math.max(0, top);
  draw.y1 = Math.min(height, top + plan.cutout);
  draw.x0 = Math.max(0, left);
  draw.x1 = Math.min(width, left + plan.cutout);
}
