import { type Given, optional, options, resolve } from '@mnet/core/options';
import { distillationLoss } from '@mnet/ops';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import type { DistillationLoss } from './distillation-loss.ts';
import { temperature } from './temperature.ts';

/** What {@link KdOptions} are made of, for whoever offers them in another form, such as flags. */
export const kdOptions = options({
  /** T, above 0, up to 1,000,000; higher values bring out the small probabilities. Default 4. */
  temperature: optional(temperature, 4),
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
 * @param student float32 [batch, classes] logits
 * @param teacher float32 [batch, classes] logits; they get no gradient
 * @returns a scalar, differentiable in the student's logits
 * @throws if an option is unknown or out of range.
 */
export function kdLoss(student: Tensor2D, teacher: Tensor2D, given: KdOptions = {}): Scalar {
  return distillationLoss(student, teacher, resolve(kdOptions, given, 'kdLoss options'));
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
