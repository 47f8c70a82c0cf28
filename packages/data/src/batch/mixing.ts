import { number, optional, options, required, type Resolved } from '@mnet/core/options';
import { betaValue, type Random } from '@mnet/core/random';
import type { Rectangle } from './rectangle.ts';

/** What `augment.mixup` is made of. */
export const mixupOptions = options({
  /** α of the Beta(α, α) that the share of one picture is drawn from, above 0: 1 is any share, less is nearer 0 or 1. */
  alpha: required(number({ above: 0 })),
});

/** What `augment.cutmix` is made of. */
export const cutmixOptions = options({
  /** α of the Beta(α, α) that the share of one picture's area is drawn from, above 0; 1 in the paper. */
  alpha: required(number({ above: 0 })),
  /** Of a batch being mixed at all, from 0 to 1; default 1. The paper has 0.5 for CIFAR. */
  probability: optional(number({ min: 0, max: 1 }), 1),
});

/** How batches are mixed; at least one of the two. */
export interface MixingPlan {
  readonly mixup: Resolved<typeof mixupOptions> | undefined;
  readonly cutmix: Resolved<typeof cutmixOptions> | undefined;
}

/** What was drawn for a batch. */
export interface MixDraw {
  /** Each picture's partner, by its place in the batch; a permutation. */
  readonly partners: Int32Array;
  /** The share of the pictures themselves, from 1/2 up to below 1; that of their partners is the rest. */
  readonly lambda: number;
  /** Cutmix: the rectangle, and whether it is the partner's or the picture's own; undefined: mixup. */
  readonly cut: { readonly box: Rectangle; readonly ofPartner: boolean } | undefined;
}

/**
 * Draws how a batch is mixed from the batch's own stream; undefined: not at all. With both ways given, each batch has one
 * of the two, as likely, as in timm.
 *
 * The picture with the larger share counts as the batch's own, and the other as its partner: that is the same mixture with
 * the partners turned round.
 *
 * Sources: Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization", https://arxiv.org/abs/1710.09412; Yun et al.
 * 2019, "CutMix", section 3.1 and appendix A, https://arxiv.org/abs/1905.04899
 *
 * @param count pictures of the batch
 */
export function drawMix(
  { mixup, cutmix }: MixingPlan,
  random: Random,
  count: number,
  height: number,
  width: number,
): MixDraw | undefined {
  const partners = random.shuffle(Int32Array.from({ length: count }, (_, i) => i));
  const cuts = random.below(2) === 1;
  if (mixup && !(cutmix && cuts)) {
    const share = betaValue(random, mixup.alpha, mixup.alpha);
    return withLambda({ partners, lambda: Math.max(share, 1 - share), cut: undefined });
  }
  const { alpha, probability } = cutmix as Resolved<typeof cutmixOptions>;
  if (random.uniform() >= probability) return undefined;
  const box = drawBox(1 - betaValue(random, alpha, alpha), random, height, width);
  const share = ((box.y1 - box.y0) * (box.x1 - box.x0)) / (height * width);
  const ofPartner = share <= 0.5;
  return withLambda({ partners, lambda: Math.max(share, 1 - share), cut: { box, ofPartner } });
}

function withLambda(draw: MixDraw): MixDraw | undefined {
  return draw.lambda < 1 ? draw : undefined;
}

/** A rectangle of the picture's form and this share of its area, around a random pixel, cut at the border. */
function drawBox(share: number, random: Random, height: number, width: number): Rectangle {
  const root = Math.sqrt(share);
  const [tall, wide] = [Math.trunc(height * root), Math.trunc(width * root)];
  const [y, x] = [random.below(height), random.below(width)];
  return {
    y0: Math.max(0, y - (tall >> 1)),
    y1: Math.min(height, y + (tall >> 1)),
    x0: Math.max(0, x - (wide >> 1)),
    x1: Math.min(width, x + (wide >> 1)),
  };
}

/** The mixed pictures, as new values; `pixels` holds pictures of [height, width, channels], one after another. */
export function mixPictures(
  { partners, lambda, cut }: MixDraw,
  pixels: Float32Array,
  [height, width, channels]: readonly [number, number, number],
): Float32Array {
  const size = height * width * channels;
  const mixed = new Float32Array(pixels.length);
  partners.forEach((partner, i) => {
    const [own, other] = [i * size, partner * size];
    if (cut === undefined) {
      for (let k = 0; k < size; k++) {
        mixed[own + k] = lambda * pixels[own + k]! + (1 - lambda) * pixels[other + k]!;
      }
      return;
    }
    const { box, ofPartner } = cut;
    const [around, within] = ofPartner ? [own, other] : [other, own];
    mixed.set(pixels.subarray(around, around + size), own);
    for (let y = box.y0; y < box.y1; y++) {
      const from = (y * width + box.x0) * channels;
      const to = (y * width + box.x1) * channels;
      mixed.set(pixels.subarray(within + from, within + to), own + from);
    }
  });
  return mixed;
}
