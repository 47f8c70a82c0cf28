import { boolean, type Given, optional, options, resolve } from '@mnet/core/options';
import { constant, distillationLoss } from '@mnet/ops';
import { type Scalar, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { DistillationLoss } from './distillation-loss.ts';
import { standardized } from './standardized.ts';
import { temperature } from './temperature.ts';

/** What {@link KdOptions} are made of, for whoever offers them in another form, such as flags. */
export const kdOptions = options({
  /** T, above 0, up to 1,000,000; higher values bring out the small probabilities. Default 4. */
  temperature: optional(temperature, 4),
  /** Takes each row's z-scores for its logits, so that the student need not match their size; default false. */
  standardize: optional(boolean(), false),
});

/** Settings of {@link kdLoss} and {@link hintonKd}. */
export interface KdOptions extends Given<typeof kdOptions> {}

/**
 * Hinton's distillation loss, the mean over the batch:
 *
 *     L = T² · KL(softmax(teacher / T) ‖ softmax(student / T))
 *
 * Source: Hinton, Vinyals, Dean 2015, "Distilling the Knowledge in a Neural Network", section 2,
 * https://arxiv.org/abs/1503.02531
 *
 * With `standardize`, both sides' logits are {@link standardized} first (Sun et al. 2024, "Logit Standardization in
 * Knowledge Distillation", https://arxiv.org/abs/2403.01427).
 *
 * @param student float32 [batch, classes] logits
 * @param teacher float32 [batch, classes] logits; they get no gradient
 * @returns a scalar, differentiable in the student's logits
 * @throws if an option is unknown or out of range.
 */
export function kdLoss(student: Tensor2D, teacher: Tensor2D, given: KdOptions = {}): Scalar {
  const { standardize, ...softened } = resolve(kdOptions, given, 'kdLoss options');
  if (!standardize) return distillationLoss(student, teacher, softened);
  return tidy(() => {
    const target = standardized(constant(teacher));
    return distillationLoss(standardized(student), target, softened);
  });
}

/**
 * {@link kdLoss} for the Distiller; its term is `kd`.
 *
 * @throws if an option is unknown or out of range.
 */
export function hintonKd(given: KdOptions = {}): DistillationLoss {
  const settings = resolve(kdOptions, given, 'hintonKd options');
  return {
    name: 'hintonKd',
    config: { name: 'hintonKd', ...settings },
    compute: ({ studentLogits, teacherLogits }) => ({
      kd: kdLoss(studentLogits, teacherLogits, settings),
    }),
  };
}
