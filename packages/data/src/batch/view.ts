import { integerIn } from '@mnet/core/check';
import { boolean, type Given, integer, optional, options, type Resolved } from '@mnet/core/options';
import type { AugmentationDraw } from './augmentation.ts';

/** What {@link View} is made of. */
export const view = options({
  /** Mirrored left and right, after it is shifted. Default false. */
  mirror: optional(boolean(), false),
  /** Pixels by which the image is shifted downwards, negative: upwards; fewer than its height. Default 0. */
  down: optional(integer(), 0),
  /** Pixels to the right, negative: to the left; fewer than its width. Default 0. */
  right: optional(integer(), 0),
});

/**
 * One way to look at every image, the same for all: for test-time augmentation. Where a shift leaves the image, it is mirrored at its
 * border pixels, which are not repeated.
 */
export interface View extends Given<typeof view> {}

/** The same as what is drawn for an augmentation. */
export function drawOf(
  { mirror, down, right }: Resolved<typeof view>,
  [height, width]: readonly [height: number, width: number, channels: number],
): AugmentationDraw {
  integerIn(down, 1 - height, height - 1, 'view.down');
  integerIn(right, 1 - width, width - 1, 'view.right');
  return { dy: -down, dx: -right, flip: mirror, y0: 0, y1: 0, x0: 0, x1: 0 };
}
