import { number, optional, options, type Resolved } from '@mnet/core/options';
import type { Random } from '@mnet/core/random';
import { range } from './range.ts';
import type { Rectangle } from './rectangle.ts';

/** What `augment.randomErasing` is made of. */
export const randomErasingOptions = options({
  /** Of an image being erased at all, from 0 to 1; default 0.5. */
  probability: optional(number({ min: 0, max: 1 }), 0.5),
  /** Of the rectangle, as a share of the image, each from 0 to 1; default [0.02, 0.33]. */
  area: optional(range(number({ min: 0, max: 1 })), [0.02, 0.33]),
  /** Of the rectangle, height over width, each from 0.01 to 100; default [0.3, 3.3]. Its logarithm is uniform. */
  aspect: optional(range(number({ min: 0.01, max: 100 })), [0.3, 3.3]),
});

/** Rectangles that do not fit are drawn again, so often. */
const attempts = 10;

/**
 * The rectangle that is erased in one image, from the image's own stream; undefined: none.
 *
 * Source: Zhong et al. 2020, "Random Erasing Data Augmentation", algorithm 1, https://arxiv.org/abs/1708.04896, with the
 * logarithm of the aspect ratio uniform and ten attempts, as in torchvision's `RandomErasing`
 */
export function drawErasing(
  { probability, area, aspect }: Resolved<typeof randomErasingOptions>,
  random: Random,
  height: number,
  width: number,
): Rectangle | undefined {
  if (random.uniform() >= probability) return undefined;
  const [low, high] = aspect.map(Math.log) as [number, number];
  for (let i = 0; i < attempts; i++) {
    const pixels = height * width * random.between(...area);
    const ratio = Math.exp(random.between(low, high));
    const tall = Math.round(Math.sqrt(pixels * ratio));
    const wide = Math.round(Math.sqrt(pixels / ratio));
    if (tall >= height || wide >= width) continue;
    const y0 = random.below(height - tall + 1);
    const x0 = random.below(width - wide + 1);
    return { y0, y1: y0 + tall, x0, x1: x0 + wide };
  }
  return undefined;
}
