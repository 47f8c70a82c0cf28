import {
  conv2d,
  mean,
  type Scalar,
  squaredDifference,
  type Tensor4D,
  tidy,
  type Variable,
  variable,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { Random } from '@mnet/core/random';
import { type Given, number, optional, options, required, resolve } from '@mnet/core/options';
import { checkBatches, checkShape } from './check-shapes.ts';
import type { DistillationLoss } from './distillation-loss.ts';
import { matchSize } from './match-size.ts';
import { checkMaps, tapPairs, weightedSum } from './tap-pairs.ts';

/**
 * The hint loss of FitNets: the mean squared difference of the teacher's features and the student's, which a 1×1
 * convolution W brings to as many channels:
 *
 *     L = mean (W * s − t)²
 *
 * Source: Romero et al. 2015, "FitNets: Hints for Thin Deep Nets", equation 3, as a mean over all elements, with the
 * regressor of later implementations, https://arxiv.org/abs/1412.6550
 *
 * @param student float32 [batch, height, width, s]; the larger of both maps is averaged to the other's size
 * @param teacher float32 [batch, height, width, t]
 * @param adapter float32 [1, 1, s, t]
 * @throws if the batches differ, the adapter has another shape, or one size is no whole multiple of the other.
 */
export function hintLoss(student: Tensor4D, teacher: Tensor4D, adapter: Tensor4D): Scalar {
  return tidy(() => {
    const [s, t] = matchSize(student, teacher);
    checkBatches(s, t);
    checkShape(adapter, [1, 1, s.shape[3], t.shape[3]], 'adapter');
    return mean(squaredDifference(conv2d(s, adapter, 1, 'valid'), t));
  });
}

const fitNetOptions = options({
  /** Pairs of layers, by name. */
  taps: required(tapPairs),
  /** From 0; default 1. */
  weight: optional(number({ min: 0 }), 1),
});

/** Settings of {@link fitNet}. */
export interface FitNetOptions extends Given<typeof fitNetOptions> {}

/**
 * {@link hintLoss} for the Distiller, summed over pairs of layers, with one adapter a pair that is trained with the
 * student and thrown away after; its term is `hint`.
 *
 * @throws if an option is unknown, missing or out of range.
 */
export function fitNet(given: FitNetOptions): DistillationLoss {
  const { taps, weight } = resolve(fitNetOptions, given, 'fitNet options');
  const name = (pair: number): string => `adapter_${pair}`;
  return {
    name: 'fitNet',
    config: { name: 'fitNet', taps: taps.map((pair) => ({ ...pair })), weight },
    taps,
    validate: (student, teacher) => checkMaps(taps, student, teacher),
    variables({ student, teacher }, seed) {
      return Object.fromEntries(
        taps.map((pair, i) => {
          const from = student[pair.student]?.[2] as number;
          const to = teacher[pair.teacher]?.[2] as number;
          return [name(i), newAdapter(from, to, new Random(seed, i))];
        }),
      );
    },
    compute: ({ studentTaps, teacherTaps, variables }) =>
      tidy(() => {
        const losses = taps.map((pair, i) =>
          hintLoss(
            studentTaps[pair.student] as Tensor4D,
            teacherTaps[pair.teacher] as Tensor4D,
            variables[name(i)] as unknown as Tensor4D,
          ),
        );
        return { hint: weightedSum(losses, weight) };
      }),
  };
}

/** A 1×1 convolution of uniform random weights of variance 1 / inputs. */
function newAdapter(inputs: number, outputs: number, random: Random): Variable {
  const limit = Math.sqrt(3 / inputs);
  const values = Float32Array.from({ length: inputs * outputs }, () =>
    random.between(-limit, limit),
  );
  return tidy(() => variable(tensor4d(values, [1, 1, inputs, outputs])));
}
