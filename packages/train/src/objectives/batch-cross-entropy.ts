import type { Batch } from '@mnet/data';
import {
  type CrossEntropyWithHits,
  softmaxCrossEntropy,
  softmaxCrossEntropyWithHits,
} from '@mnet/ops';
import { add, mul, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Softmax cross-entropy of a batch's labels, and how many rows are right. Of mixed pictures it is the mean of both labels'
 * cross-entropies, λ · CE(labels) + (1 − λ) · CE(partners), and a row is right where it says the label of the larger share.
 *
 * Source: Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization", https://arxiv.org/abs/1710.09412; Yun et al. 2019,
 * "CutMix", https://arxiv.org/abs/1905.04899
 *
 * @param logits float32 [batch, classes]
 * @param options ε of the label smoothing, from 0 to 1, default 0
 * @throws what `softmaxCrossEntropyWithHits` of `@mnet/ops` throws.
 */
export function batchCrossEntropy(
  logits: Tensor2D,
  { labels, mix }: Pick<Batch, 'labels' | 'mix'>,
  options: { labelSmoothing?: number } = {},
): CrossEntropyWithHits {
  const own = softmaxCrossEntropyWithHits(logits, labels, options);
  if (!mix) return own;
  const { partners, lambda } = mix;
  const other = softmaxCrossEntropy(logits, partners, options);
  return { ...own, loss: add<Scalar>(mul(own.loss, lambda), mul(other, 1 - lambda)) };
}
