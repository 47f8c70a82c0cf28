import { distillationLoss } from '@mnet/ops';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { knownOptions } from '@mnet/core/check';
import { temperatureOf } from './temperature.ts';
import type { DistillationLoss } from './distillation-loss.ts';

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
 * @param options.temperature T, above 0; higher values bring out the small probabilities
 * @returns a scalar, differentiable in the student's logits
 */
export function kdLoss(
  student: Tensor2D,
  teacher: Tensor2D,
  options: { temperature: number },
): Scalar {
  const { temperature } = options;
  temperatureOf(temperature);
  return distillationLoss(student, teacher, { temperature });
}

/** {@link kdLoss} for the Distiller; its term is `kd`. */
export function hintonKd(options: { temperature: number }): DistillationLoss {
  knownOptions(options, ['temperature'], 'hintonKd options');
  const { temperature } = options;
  temperatureOf(temperature);
  return {
    name: 'hintonKd',
    config: { name: 'hintonKd', temperature },
    compute: ({ studentLogits, teacherLogits }) => ({
      kd: kdLoss(studentLogits, teacherLogits, { temperature }),
    }),
  };
}
