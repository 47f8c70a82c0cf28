import {
  matMul,
  mean,
  reshape,
  type Scalar,
  squaredDifference,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { type Given, number, optional, options, required, resolve } from '@mnet/core/options';
import { constant } from '@mnet/ops';
import { checkBatches } from './check-shapes.ts';
import type { DistillationLoss } from './distillation-loss.ts';
import { unit } from './lengths.ts';
import { tapPairs, weightedSum } from './tap-pairs.ts';

/**
 * Similarity-preserving distillation: images that are alike to the teacher shall be alike to the student. Q are the
 * features of a batch, one row an image, G the products of all rows with each other, with rows of length 1:
 *
 *     L = 1/b² ‖Gᵀ − Gˢ‖²,   Gᵢ = (Q Qᵀ)ᵢ / ‖(Q Qᵀ)ᵢ‖
 *
 * A batch of one image has nothing to compare: L is 0, without a gradient. An image without any activation is like none.
 *
 * Source: Tung and Mori 2019, "Similarity-Preserving Knowledge Distillation", section 3,
 * https://arxiv.org/abs/1907.09682
 *
 * @param student float32 [batch, …], differentiable
 * @param teacher float32 [batch, …], of any other shape; it gets no gradient
 * @throws if the batches differ.
 */
export function similarityLoss(student: Tensor, teacher: Tensor): Scalar {
  checkBatches(student, teacher);
  return tidy(() =>
    mean(squaredDifference(similarities(student), similarities(constant(teacher)))),
  );
}

/** G, [batch, batch]. */
function similarities(x: Tensor): Tensor {
  const rows = reshape(x, [x.shape[0], -1]);
  return unit(matMul(rows, rows, false, true));
}

const similarityOptions = options({
  /** Pairs of layers, by name, of any shapes. */
  taps: required(tapPairs),
  /** γ, from 0; the loss is small, the paper takes 3,000, which is the default. */
  weight: optional(number({ min: 0 }), 3000),
});

/** Settings of {@link similarityPreserving}. */
export interface SimilarityPreservingOptions extends Given<typeof similarityOptions> {}

/**
 * {@link similarityLoss} for the Distiller, summed over pairs of layers; its term is `similarity`.
 *
 * @throws if an option is unknown, missing or out of range.
 */
export function similarityPreserving(given: SimilarityPreservingOptions): DistillationLoss {
  const { taps, weight } = resolve(similarityOptions, given, 'similarityPreserving options');
  return {
    name: 'similarityPreserving',
    config: { name: 'similarityPreserving', taps: taps.map((pair) => ({ ...pair })), weight },
    taps,
    compute: ({ studentTaps, teacherTaps }) =>
      tidy(() => {
        const losses = taps.map((pair) =>
          similarityLoss(studentTaps[pair.student] as Tensor, teacherTaps[pair.teacher] as Tensor),
        );
        return { similarity: weightedSum(losses, weight) };
      }),
  };
}
