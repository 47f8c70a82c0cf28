import { div, maximum, mean, sqrt, square, sub, type Tensor2D, tidy } from '@tensorflow/tfjs-core';

/** The least variance of a row; below, division would make the gradient as large as one likes. */
const leastVariance = 1e-6;

/**
 * The z-scores of each row over its classes: what is left of logits when their mean and their size are taken away.
 *
 *     z = (x − mean x) / √(mean (x − mean x)²)
 *
 * A deviation below 0.001 counts as 0.001, so that a row of equal logits gives zeros and a gradient that is finite.
 *
 * Source: Sun et al. 2024, "Logit Standardization in Knowledge Distillation", algorithm 1,
 * https://arxiv.org/abs/2403.01427; the temperature, which is part of it there, is the loss's own here
 *
 * @param logits float32 [batch, classes]
 * @returns float32 [batch, classes], differentiable
 */
export function standardized(logits: Tensor2D): Tensor2D {
  return tidy(() => {
    const centred = sub(logits, mean(logits, 1, true));
    const variance = mean(square(centred), 1, true);
    return div(centred, sqrt(maximum(variance, leastVariance)));
  });
}
