import {
  div,
  maximum,
  mean,
  reshape,
  type Scalar,
  sqrt,
  square,
  squaredDifference,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { type Given, number, optional, options, required, resolve } from '@mnet/core/options';
import { checkBatches } from './check-shapes.ts';
import type { DistillationLoss } from './distillation-loss.ts';
import { matchSize } from './match-size.ts';
import { checkMaps, tapPairs, weightedSum } from './tap-pairs.ts';

/**
 * Attention transfer: the mean squared difference of where student and teacher are active. A map Q is the mean over
 * the channels of the squared activations, flattened and divided by its Euclidean norm:
 *
 *     L = mean (Qˢ / ‖Qˢ‖ − Qᵀ / ‖Qᵀ‖)²
 *
 * Source: Zagoruyko and Komodakis 2017, "Paying More Attention to Attention", section 3.1, in the authors' form of a
 * mean over batch and pixels, https://arxiv.org/abs/1612.03928
 *
 * @param student float32 [batch, height, width, channels]; the larger of both maps is averaged to the other's size
 * @param teacher float32 [batch, height, width, channels], of any number of channels
 * @throws if the batches differ, or one size is no whole multiple of the other.
 */
export function attentionLoss(student: Tensor4D, teacher: Tensor4D): Scalar {
  return tidy(() => {
    const [s, t] = matchSize(student, teacher);
    checkBatches(s, t);
    return mean(squaredDifference(attentionMap(s), attentionMap(t)));
  });
}

function attentionMap(x: Tensor4D): Tensor {
  const map = reshape(mean(square(x), 3), [x.shape[0], -1]);
  // The lower bound comes before the root, whose gradient at 0 is infinite: a map may be all 0 after a ReLU.
  const norm = sqrt(maximum(sum(square(map), 1, true), 1e-24));
  return div(map, norm);
}

const attentionTransferOptions = options({
  /** Pairs of layers, by name. */
  taps: required(tapPairs),
  /** β; the loss is small, the paper takes 1,000, which is the default. */
  weight: optional(number({ min: 0 }), 1000),
});

/** Settings of {@link attentionTransfer}. */
export interface AttentionTransferOptions extends Given<typeof attentionTransferOptions> {}

/**
 * {@link attentionLoss} for the Distiller, summed over pairs of layers; its term is `attention`.
 *
 * @throws if an option is unknown, missing or out of range.
 */
export function attentionTransfer(given: AttentionTransferOptions): DistillationLoss {
  const { taps, weight } = resolve(attentionTransferOptions, given, 'attentionTransfer options');
  return {
    name: 'attentionTransfer',
    config: { name: 'attentionTransfer', taps: taps.map((pair) => ({ ...pair })), weight },
    taps,
    validate: (student, teacher) => checkMaps(taps, student, teacher),
    compute: ({ studentTaps, teacherTaps }) =>
      tidy(() => {
        const losses = taps.map((pair) =>
          attentionLoss(
            studentTaps[pair.student] as Tensor4D,
            teacherTaps[pair.teacher] as Tensor4D,
          ),
        );
        return { attention: weightedSum(losses, weight) };
      }),
  };
}
