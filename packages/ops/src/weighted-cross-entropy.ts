import {
  add,
  cast,
  div,
  equal,
  expandDims,
  matMul,
  mul,
  neg,
  range,
  type Scalar,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { tensorOf } from './check-tensors.ts';
import { checkLabels, logProbabilities, smoothingOf } from './losses.ts';

/** Settings of {@link weightedCrossEntropy}. */
export interface WeightedCrossEntropyOptions {
  /** ε, from 0 to 1; default 0. */
  readonly labelSmoothing?: number;
}

/**
 * Softmax cross-entropy from integer labels with a weight for each class, the weighted mean over the batch, with label
 * smoothing ε over K classes, as PyTorch's `cross_entropy(weight=…)`:
 *
 *     L = −Σₙ Σₖ wₖ · qₙₖ · log softmax(zₙ)ₖ / Σₙ w(labelₙ),   q = (1 − ε)·onehot(label) + ε/K
 *
 * With equal weights it is `softmaxCrossEntropy`. It is a composition of TensorFlow.js's operations on every backend.
 *
 * @param logits float32 [batch, classes]
 * @param labels int32 [batch], each from 0 to classes − 1
 * @param weights float32 [classes], each from 0; not looked at
 * @returns a scalar, differentiable in logits; 0 where the labels' weights are all 0, and for an empty batch
 * @throws TypeError or RangeError if a shape, a dtype or an option is wrong
 */
export function weightedCrossEntropy(
  logits: Tensor2D,
  labels: Tensor1D,
  weights: Tensor1D,
  options: WeightedCrossEntropyOptions = {},
): Scalar {
  checkLabels(logits, labels);
  tensorOf(weights, 1, 'float32', 'weights');
  const labelSmoothing = smoothingOf(options, 'weightedCrossEntropy options');
  const classes = logits.shape[1];
  if (weights.shape[0] !== classes) {
    throw new RangeError(
      `weights: got ${weights.shape[0]} of them, takes one for each of the ${classes} classes`,
    );
  }
  return tidy(() => {
    const hot = cast(equal(expandDims(labels, 1), range(0, classes, 1, 'int32')), 'float32');
    const target = add(mul(hot, 1 - labelSmoothing), labelSmoothing / Math.max(1, classes));
    const total = sum(matMul(hot, expandDims(weights, 1)));
    // A batch of weight 0 has no loss, instead of what smoothing gives divided by 0.
    const none = cast(equal(total, 0), 'float32');
    const loss = neg(sum(mul(mul(target, weights), logProbabilities(logits))));
    return div(mul(loss, sub(1, none)), add(total, none));
  });
}
