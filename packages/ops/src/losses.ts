import {
  add,
  argMax,
  cast,
  div,
  equal,
  expandDims,
  type GradConfig,
  logSoftmax,
  maximum,
  mean,
  mul,
  neg,
  range,
  type Scalar,
  scalar,
  softmax,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { knownOptions, numberIn } from '@mnet/core/check';
import { shapeOf, tensorOf } from './check-tensors.ts';
import { constant } from './constant.ts';
import { firstFused, hasKernel, runFused, runKernel } from './kernel.ts';

/** The least number of float32. */
const LEAST = -(2 - 2 ** -23) * 2 ** 127;

/**
 * Softmax cross-entropy from integer labels, the mean over the batch, with label smoothing ε over K classes:
 *
 *     L = −1/N Σₙ Σₖ qₙₖ · log softmax(zₙ)ₖ,   q = (1 − ε)·onehot(label) + ε/K
 *
 * Source: Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7, https://arxiv.org/abs/1512.00567
 *
 * @param logits float32 [batch, classes]
 * @param labels int32 [batch], each from 0 to classes − 1
 * @returns a scalar, differentiable in logits; 0 for an empty batch.
 * @throws if a shape, a dtype or an option is wrong. Labels out of range are not looked for: a row with one
 *   counts as having no target.
 */
export function softmaxCrossEntropy(
  logits: Tensor2D,
  labels: Tensor1D,
  options: { labelSmoothing?: number } = {},
): Scalar {
  checkLabels(logits, labels);
  const labelSmoothing = smoothingOf(options, 'softmaxCrossEntropy options');
  if (hasKernel('SoftmaxCrossEntropy', [logits])) {
    return firstFused(crossEntropyGradient, { logits, labels }, { labelSmoothing }) as Scalar;
  }
  return tidy(() => {
    const [, classes] = logits.shape;
    // tf.oneHot takes no fewer than two classes.
    const hot = cast(equal(expandDims(labels, 1), range(0, classes, 1, 'int32')), 'float32');
    const target = add(mul(hot, 1 - labelSmoothing), labelSmoothing / Math.max(1, classes));
    return mean(neg(sum(mul(target, logProbabilities(logits)), 1)));
  });
}

/** A loss with what it has seen of the batch. */
export interface CrossEntropyWithHits {
  readonly loss: Scalar;
  /** How many rows have their largest logit at their label, as {@link countHits} counts them. */
  readonly hits: Scalar;
}

/**
 * {@link softmaxCrossEntropy}, and how many rows are right, of one kernel where the backend has it: a training accuracy
 * then costs no pass of its own and nothing waits for it.
 *
 * @throws what `softmaxCrossEntropy` throws.
 */
export function softmaxCrossEntropyWithHits(
  logits: Tensor2D,
  labels: Tensor1D,
  options: { labelSmoothing?: number } = {},
): CrossEntropyWithHits {
  checkLabels(logits, labels);
  const labelSmoothing = smoothingOf(options, 'softmaxCrossEntropyWithHits options');
  if (hasKernel('SoftmaxCrossEntropy', [logits])) {
    const outputs = runFused(crossEntropyGradient, { logits, labels }, { labelSmoothing });
    const [loss, gradient, hits] = outputs as [Scalar, Tensor2D, Scalar];
    // The way back has a copy of its own.
    gradient.dispose();
    return { loss, hits };
  }
  return { loss: softmaxCrossEntropy(logits, labels, options), hits: countHits(logits, labels) };
}

/**
 * How many rows of logits have their largest value, the first of equal ones, at their label. Not differentiable.
 *
 * @param logits float32 [batch, classes]
 * @param labels int32 [batch], each from 0 to classes − 1
 * @returns a scalar, float32; 0 for an empty batch.
 * @throws if a shape or a dtype is wrong.
 */
export function countHits(logits: Tensor2D, labels: Tensor1D): Scalar {
  checkLabels(logits, labels);
  if (hasKernel('SoftmaxCrossEntropy', [logits])) {
    return tidy(() => {
      const outputs = runKernel('SoftmaxCrossEntropy', { logits, labels }, { labelSmoothing: 0 });
      return outputs[2] as Scalar;
    });
  }
  return tidy(() => {
    if (logits.size === 0) return scalar(0);
    return sum(cast(equal(argMax(logits, 1), labels), 'float32'));
  });
}

/** Throws unless there is one label for each row of logits. */
export function checkLabels(logits: Tensor2D, labels: Tensor1D): void {
  tensorOf(logits, 2, 'float32', 'logits');
  tensorOf(labels, 1, 'int32', 'labels');
  const [batch] = logits.shape;
  if (labels.shape[0] !== batch) {
    throw new RangeError(
      `labels: got ${labels.shape[0]} of them, takes one for each of the ${batch} rows of logits`,
    );
  }
}

/** log softmax; for the −∞ of a masked class the least number, of which a target of 0 makes nothing, where it made NaN. */
export function logProbabilities(logits: Tensor2D): Tensor2D {
  return maximum(logSoftmax(logits), LEAST);
}

/** ε of a cross-entropy's options, which have nothing else. */
export function smoothingOf(options: { labelSmoothing?: number }, argument: string): number {
  knownOptions(options, ['labelSmoothing'], argument);
  const { labelSmoothing = 0 } = options;
  numberIn(labelSmoothing, 0, 1, 'labelSmoothing');
  return labelSmoothing;
}

/**
 * Hinton's distillation loss, the mean over the batch:
 *
 *     L = T² · KL(softmax(teacher / T) ‖ softmax(student / T))
 *
 * The factor T² keeps the size of the gradient independent of the temperature. The teacher gets no gradient.
 *
 * Source: Hinton, Vinyals, Dean 2015, "Distilling the Knowledge in a Neural Network", section 2,
 * https://arxiv.org/abs/1503.02531
 *
 * @param student float32 [batch, classes] logits
 * @param teacher float32 [batch, classes] logits
 * @param options the `temperature` T, above 0
 * @returns a scalar, differentiable in the student's logits; 0 for an empty batch.
 * @throws if a shape, a dtype or an option is wrong.
 */
export function distillationLoss(
  student: Tensor2D,
  teacher: Tensor2D,
  options: { temperature: number },
): Scalar {
  knownOptions(options, ['temperature'], 'distillationLoss options');
  const { temperature } = options;
  tensorOf(student, 2, 'float32', 'student');
  shapeOf(teacher, student.shape, 'teacher');
  numberIn(temperature, Number.MIN_VALUE, 1e6, 'temperature');
  if (hasKernel('DistillationLoss', [student])) {
    return firstFused(distillationGradient, { student, teacher }, { temperature }) as Scalar;
  }
  return tidy(() => {
    const softened: Tensor2D = div(constant(teacher), temperature);
    const target = softmax(softened);
    const logTarget = logProbabilities(softened);
    const difference = sub(logTarget, logProbabilities(div(student, temperature)));
    return mul(mean(sum(mul(target, difference), 1)), temperature * temperature);
  });
}

/**
 * Both kernels give the loss, then its gradient: a row's softmax is at hand when the loss is computed.
 *
 * @param fixed an input of the same shape that gets no gradient, also where it depends on what is trained
 */
function gradientOf(kernelName: string, input: string, fixed?: string): GradConfig {
  return {
    kernelName,
    outputsToSave: [false, true],
    gradFunc: (dys, saved) => ({
      [input]: () => mul((dys as Tensor[])[0] as Tensor, saved[0] as Tensor),
      ...(fixed !== undefined && { [fixed]: () => zerosLike(saved[0] as Tensor) }),
    }),
  };
}

const crossEntropyGradient = gradientOf('SoftmaxCrossEntropy', 'logits');
const distillationGradient = gradientOf('DistillationLoss', 'student', 'teacher');
