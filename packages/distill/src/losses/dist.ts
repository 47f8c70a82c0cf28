import {
  div,
  mean,
  mul,
  type Scalar,
  softmax,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { type Given, number, optional, options, resolve } from '@mnet/core/options';
import { constant } from '@mnet/ops';
import { checkLogits } from './check-shapes.ts';
import type { DistillationLoss } from './distillation-loss.ts';
import { unit } from './lengths.ts';
import { temperature } from './temperature.ts';

/** What {@link DistOptions} are made of, for whoever offers them in another form, such as flags. */
export const distOptions = options({
  /** β, weight of the relation between classes, from 0; default 2. */
  beta: optional(number({ min: 0 }), 2),
  /** γ, weight of the relation within a class, from 0; default 2. */
  gamma: optional(number({ min: 0 }), 2),
  /** T, above 0, up to 1,000,000; default 4. */
  temperature: optional(temperature, 4),
});

/** Settings of {@link distLoss} and {@link distKd}; the defaults are the paper's for CIFAR-100. */
export interface DistOptions extends Given<typeof distOptions> {}

/**
 * DIST: the student shall rank as the teacher does, not match it. With P the probabilities of a batch at the
 * temperature T and ρ Pearson's correlation:
 *
 *     inter = β · T² · mean over the images of 1 − ρ(Pᵀ, Pˢ) over the classes
 *     intra = γ · T² · mean over the classes of 1 − ρ(Pᵀ, Pˢ) over the images
 *
 * What does not vary correlates with nothing: ρ is 0, without a gradient. So a batch of one image has intra = γ · T², a
 * constant; with two classes, ρ over them is 1 or −1.
 *
 * Source: Huang et al. 2022, "Knowledge Distillation from A Stronger Teacher", with T² as in the
 * authors' code, https://arxiv.org/abs/2205.10536
 *
 * @param student float32 [batch, classes] logits, differentiable
 * @param teacher float32 [batch, classes] logits; they get no gradient
 * @returns both terms, weighted
 * @throws if an option is unknown or out of range, or a shape differs.
 */
export function distLoss(
  student: Tensor2D,
  teacher: Tensor2D,
  given: DistOptions = {},
): { inter: Scalar; intra: Scalar } {
  const { beta, gamma, temperature: t } = resolve(distOptions, given, 'distLoss options');
  checkLogits(student, teacher);
  return tidy(() => {
    const p = softmax(div(student, t));
    const q = softmax(div(constant(teacher), t));
    return {
      inter: mul(dissimilarity(p, q), beta * t * t),
      intra: mul(dissimilarity(transpose(p), transpose(q)), gamma * t * t),
    };
  });
}

/** The mean of 1 − ρ over the rows. */
function dissimilarity(a: Tensor, b: Tensor): Scalar {
  const correlations = sum(mul(centredUnit(a), centredUnit(b)), 1);
  return mean(sub(1, correlations));
}

/** Rows of mean 0 and length 1; of squares below float32's reach, zeros. */
function centredUnit(x: Tensor): Tensor {
  return unit(sub(x, mean(x, 1, true)), 1e-8);
}

/**
 * {@link distLoss} for the Distiller; its terms are `inter` and `intra`.
 *
 * @throws if an option is unknown or out of range.
 */
export function distKd(given: DistOptions = {}): DistillationLoss {
  const settings = resolve(distOptions, given, 'distKd options');
  return {
    name: 'distKd',
    config: { name: 'distKd', ...settings },
    compute: ({ studentLogits, teacherLogits }) => distLoss(studentLogits, teacherLogits, settings),
  };
}
