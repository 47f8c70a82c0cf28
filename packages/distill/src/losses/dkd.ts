import {
  add,
  div,
  exp,
  logSoftmax,
  logSumExp,
  mean,
  mul,
  neg,
  oneHot,
  type Scalar,
  softplus,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { type Given, number, optional, options, resolve } from '@mnet/core/options';
import { checkLogits, checkShape } from './check-shapes.ts';
import type { DistillationLoss } from './distillation-loss.ts';
import { kdOptions } from './kd.ts';
import { standardized } from './standardized.ts';
import { temperature } from './temperature.ts';

const dkdOptions = options({
  /** α, weight of the target-class term, from 0; default 1. */
  alpha: optional(number({ min: 0 }), 1),
  /** β, weight of the term over the other classes, from 0; default 8. */
  beta: optional(number({ min: 0 }), 8),
  /** T, above 0, up to 1,000,000; default 4. */
  temperature: optional(temperature, 4),
  /** Takes each row's z-scores for its logits, as `kdLoss` does; default false. */
  standardize: kdOptions.fields.standardize,
});

/** Weights of {@link dkdLoss}; the defaults are the paper's for CIFAR-100. */
export interface DkdOptions extends Given<typeof dkdOptions> {}

/**
 * Decoupled knowledge distillation: Hinton's loss in its two parts, each with a weight of its own, means over the
 * batch:
 *
 *     TCKD = α · T² · KL(bᵀ ‖ bˢ)    b: probabilities of the target class and of all others together
 *     NCKD = β · T² · KL(p̂ᵀ ‖ p̂ˢ)    p̂: probabilities among the other classes alone
 *
 * Source: Zhao et al. 2022, "Decoupled Knowledge Distillation", equations 3 to 7, https://arxiv.org/abs/2203.08679
 *
 * @param student float32 [batch, classes] logits
 * @param teacher float32 [batch, classes] logits; pass them as constants
 * @param labels int32 [batch]
 * @returns both terms, weighted, differentiable in the student's logits
 * @throws if an option is unknown or out of range, or a shape differs.
 */
export function dkdLoss(
  student: Tensor2D,
  teacher: Tensor2D,
  labels: Tensor1D,
  given: DkdOptions = {},
): { tckd: Scalar; nckd: Scalar } {
  const {
    alpha,
    beta,
    temperature: t,
    standardize,
  } = resolve(dkdOptions, given, 'dkdLoss options');
  checkLogits(student, teacher);
  checkShape(labels, [student.shape[0]], 'labels');
  const square = t * t;
  return tidy(() => {
    const target = oneHot(labels, student.shape[1], 1, 0, 'float32');
    const [s, q] = standardize
      ? [standardized(student), standardized(teacher)]
      : [student, teacher];
    const [ours, theirs] = [parts(s, target, t), parts(q, target, t)];
    const binary = add(divergences(theirs.own, ours.own), divergences(theirs.rest, ours.rest));
    const others = sum(divergences(theirs.others, ours.others), 1);
    return { tckd: mul(mean(binary), alpha * square), nckd: mul(mean(others), beta * square) };
  });
}

/** Logarithms of the probabilities that are compared. */
interface Parts {
  /** Of the two of b, the target class and all others, [batch] each. */
  readonly own: Tensor;
  readonly rest: Tensor;
  /** Of p̂, [batch, classes], where the target class has probability 0. */
  readonly others: Tensor;
}

function parts(logits: Tensor2D, target: Tensor, t: number): Parts {
  const z = div(logits, t);
  // Low enough to be gone in any sum of exponentials, and finite, so that 0 · (a − a) stays 0.
  const masked = sub(z, mul(target, 1e9));
  // Of two logits only: a difference of two sums over all classes would lose digits where one class has it all.
  const beyond = sub(logSumExp(masked, 1), sum(mul(z, target), 1));
  return {
    own: neg(softplus(beyond)),
    rest: neg(softplus(neg(beyond))),
    others: logSoftmax(masked),
  };
}

/** What each probability exp(p) adds to the divergence from exp(q). */
function divergences(p: Tensor, q: Tensor): Tensor {
  return mul(exp(p), sub(p, q));
}

/** What {@link DecoupledKdOptions} are made of, for whoever offers them in another form, such as flags. */
export const decoupledKdOptions = options({
  ...dkdOptions.fields,
  /** The weight of both terms rises linearly over so many epochs, reaching 1 in the last of them; from 0, the default. */
  warmupEpochs: optional(number({ min: 0 }), 0),
});

/** Settings of {@link decoupledKd}; the defaults are the paper's for CIFAR-100, but for its warm-up. */
export interface DecoupledKdOptions extends Given<typeof decoupledKdOptions> {}

/**
 * {@link dkdLoss} for the Distiller; its terms are `tckd` and `nckd`.
 *
 * @throws if an option is unknown or out of range.
 */
export function decoupledKd(given: DecoupledKdOptions = {}): DistillationLoss {
  const settings = resolve(decoupledKdOptions, given, 'decoupledKd options');
  const { alpha, beta, warmupEpochs, ...others } = settings;
  return {
    name: 'decoupledKd',
    config: { name: 'decoupledKd', ...settings },
    compute: ({ studentLogits, teacherLogits, labels, epoch }) => {
      const weight = warmupEpochs > 0 ? Math.min((epoch + 1) / warmupEpochs, 1) : 1;
      const weights = { ...others, alpha: alpha * weight, beta: beta * weight };
      return dkdLoss(studentLogits, teacherLogits, labels, weights);
    },
  };
}
