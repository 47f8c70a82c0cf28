import {
  cast,
  div,
  exp,
  logSoftmax,
  logSumExp,
  mean,
  mul,
  oneHot,
  type Scalar,
  stack,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { knownOptions, numberIn } from '@mnet/core/check';
import { temperatureOf } from './temperature.ts';
import type { DistillationLoss } from './distillation-loss.ts';

/** Weights of {@link dkdLoss}. */
export interface DkdOptions {
  /** α, weight of the target-class term. */
  alpha: number;
  /** β, weight of the term over the other classes. */
  beta: number;
  /** T, above 0. */
  temperature: number;
}

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
 */
export function dkdLoss(
  student: Tensor2D,
  teacher: Tensor2D,
  labels: Tensor1D,
  { alpha, beta, temperature }: DkdOptions,
): { tckd: Scalar; nckd: Scalar } {
  numberIn(alpha, 0, Number.MAX_VALUE, 'alpha');
  numberIn(beta, 0, Number.MAX_VALUE, 'beta');
  temperatureOf(temperature);
  const square = temperature * temperature;
  return tidy(() => {
    const target = cast(oneHot(labels, student.shape[1]), 'float32');
    const ofStudent = parts(student, target, temperature);
    const ofTeacher = parts(teacher, target, temperature);
    return {
      tckd: mul(divergence(ofTeacher.binary, ofStudent.binary), alpha * square),
      nckd: mul(divergence(ofTeacher.others, ofStudent.others), beta * square),
    };
  });
}

/** Logarithms of b, [batch, 2], and of p̂, [batch, classes], where the target class has probability 0. */
function parts(
  logits: Tensor2D,
  target: Tensor,
  temperature: number,
): { binary: Tensor; others: Tensor } {
  const z = div(logits, temperature);
  const own = sum(mul(z, target), 1);
  // Low enough to be gone in any sum of exponentials, and finite, so that 0 · (a − a) stays 0.
  const masked = sub(z, mul(target, 1e9));
  // Of the two logits only: a difference of two sums over all classes would lose digits where one class has it all.
  const binary = logSoftmax(stack([own, logSumExp(masked, 1)], 1));
  return { binary, others: logSoftmax(masked) };
}

/** KL(exp(p) ‖ exp(q)), the mean over the batch. */
function divergence(p: Tensor, q: Tensor): Tensor {
  return mean(sum(mul(exp(p), sub(p, q)), 1));
}

/** Settings of {@link decoupledKd}. */
export interface DecoupledKdOptions {
  /** α, default 1. */
  alpha?: number;
  /** β, default 8. */
  beta?: number;
  /** T, default 4. */
  temperature?: number;
  /** The weight of both terms rises linearly over so many epochs, reaching 1 in the last of them; default 0. */
  warmupEpochs?: number;
}

/** {@link dkdLoss} for the Distiller, with the paper's settings for CIFAR-100; its terms are `tckd` and `nckd`. */
export function decoupledKd(options: DecoupledKdOptions = {}): DistillationLoss {
  knownOptions(options, ['alpha', 'beta', 'temperature', 'warmupEpochs'], 'decoupledKd options');
  const { alpha = 1, beta = 8, temperature = 4, warmupEpochs = 0 } = options;
  numberIn(alpha, 0, Number.MAX_VALUE, 'alpha');
  numberIn(beta, 0, Number.MAX_VALUE, 'beta');
  temperatureOf(temperature);
  numberIn(warmupEpochs, 0, Number.MAX_VALUE, 'warmupEpochs');
  return {
    name: 'decoupledKd',
    config: { name: 'decoupledKd', alpha, beta, temperature, warmupEpochs },
    compute: ({ studentLogits, teacherLogits, labels, epoch }) => {
      const weight = warmupEpochs > 0 ? Math.min((epoch + 1) / warmupEpochs, 1) : 1;
      const weights = { alpha: alpha * weight, beta: beta * weight, temperature };
      return dkdLoss(studentLogits, teacherLogits, labels, weights);
    },
  };
}
