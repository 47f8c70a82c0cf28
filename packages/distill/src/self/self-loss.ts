import type { Batch } from '@mnet/data';
import { type Given, number, optional, options, resolve } from '@mnet/core/options';
import { constant } from '@mnet/ops';
import { batchCrossEntropy } from '@mnet/train';
import {
  mean,
  mul,
  type Scalar,
  squaredDifference,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { checkShape } from '../losses/check-shapes.ts';
import { kdLoss } from '../losses/kd.ts';
import { temperature } from '../losses/temperature.ts';

/** What {@link SelfDistillationOptions} are made of. */
export const selfDistillationOptions = options({
  /** α, the share of the deepest classifier, from 0 to 1; 1 − α is that of the labels. Default 0.3. */
  alpha: optional(number({ min: 0, max: 1 }), 0.3),
  /** T of both softmaxes, above 0, up to 1,000,000; default 3. */
  temperature: optional(temperature, 3),
  /** λ, the weight of the deepest features, from 0; default 0.03. */
  hintWeight: optional(number({ min: 0 }), 0.03),
});

/** Weights of {@link selfDistillationLoss}; the defaults are those of the authors' code. */
export interface SelfDistillationOptions extends Given<typeof selfDistillationOptions> {}

/** A classifier within a network. */
export interface Classifier {
  /** float32 [batch, classes]. */
  readonly logits: Tensor2D;
  /** What the logits are made of: float32 [batch, width]. */
  readonly features: Tensor2D;
}

/**
 * What a classifier on an inner layer learns, in its three terms, each a mean over the batch:
 *
 *     labels  = (1 − α) · CE(labels, z)
 *     deepest = α · KL(softmax(z_C / T) ‖ softmax(z / T))
 *     hint    = λ · mean (f − f_C)²
 *
 * z are its logits and f its features; z_C and f_C, those of the network's own classifier, count as constants. As in the
 * authors' code, there is no T² before the divergence.
 *
 * Source: Zhang et al. 2019, "Be Your Own Teacher", section 3.2, the hint as a mean over all elements,
 * https://arxiv.org/abs/1905.08094
 *
 * @param batch its labels, int32 [batch], and those of mixed pictures
 * @throws if an option is unknown or out of range, or a shape differs.
 */
export function selfDistillationLoss(
  own: Classifier,
  deepest: Classifier,
  batch: Pick<Batch, 'labels' | 'mix'>,
  given: SelfDistillationOptions = {},
): { labels: Scalar; deepest: Scalar; hint: Scalar } {
  const {
    alpha,
    temperature: t,
    hintWeight,
  } = resolve(selfDistillationOptions, given, 'selfDistillationLoss options');
  checkShape(own.features, deepest.features.shape, 'features');
  return tidy(() => {
    const softened = kdLoss(own.logits, constant(deepest.logits), { temperature: t });
    const apart = mean(squaredDifference(own.features, constant(deepest.features)));
    return {
      labels: mul(batchCrossEntropy(own.logits, batch).loss, 1 - alpha),
      deepest: mul(softened, alpha / (t * t)),
      hint: mul(apart, hintWeight),
    };
  });
}
