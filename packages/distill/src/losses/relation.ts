import {
  abs,
  add,
  cast,
  equal,
  expandDims,
  matMul,
  mean,
  minimum,
  mul,
  range,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { type Given, number, optional, options, required, resolve } from '@mnet/core/options';
import { constant } from '@mnet/ops';
import { checkBatches } from './check-shapes.ts';
import type { DistillationLoss } from './distillation-loss.ts';
import { checkEmbeddings, embedding } from './embedding.ts';
import { divideSafely, roots } from './lengths.ts';
import { tapPairs, weightedSum } from './tap-pairs.ts';

/**
 * The distances of relational distillation: images shall be as far from each other as they are to the teacher, in
 * units of the batch's mean distance μ. With the Huber loss H of δ = 1:
 *
 *     L = 1/b² Σᵢⱼ H(ψᵢⱼᵀ, ψᵢⱼˢ),   ψᵢⱼ = ‖xᵢ − xⱼ‖ / μ
 *
 * A batch of one or two images has no distances to compare: L is 0, without a gradient. Takes b² numbers.
 *
 * Source: Park et al. 2019, "Relational Knowledge Distillation", section 3.2.1, in the authors' form of a mean over
 * all b² pairs, https://arxiv.org/abs/1904.05068
 *
 * @param student float32 [batch, width], differentiable
 * @param teacher float32 [batch, width], of any width; it gets no gradient
 * @throws if the batches differ.
 */
export function relationalDistanceLoss(student: Tensor2D, teacher: Tensor2D): Scalar {
  checkBatches(student, teacher);
  return tidy(() => huber(distances(student), distances(constant(teacher))));
}

/**
 * The angles of relational distillation: three images shall stand to each other as they do to the teacher. With the
 * Huber loss H of δ = 1:
 *
 *     L = 1/b³ Σᵢⱼₖ H(ψᵢⱼₖᵀ, ψᵢⱼₖˢ),   ψᵢⱼₖ = cos of the angle at j between i and k
 *
 * A batch of one or two images has no angles: L is 0, without a gradient. Takes b³ numbers.
 *
 * Source: Park et al. 2019, "Relational Knowledge Distillation", section 3.2.2, in the authors' form of a mean over
 * all b³ triplets, https://arxiv.org/abs/1904.05068
 *
 * @param student float32 [batch, width], differentiable
 * @param teacher float32 [batch, width], of any width; it gets no gradient
 * @throws if the batches differ.
 */
export function relationalAngleLoss(student: Tensor2D, teacher: Tensor2D): Scalar {
  checkBatches(student, teacher);
  return tidy(() => huber(cosines(student), cosines(constant(teacher))));
}

/** Products of the images' vectors from their mean, of which differences are made without the b² · width numbers of all. */
interface Products {
  /** [b, b]: xᵢ · xⱼ. */
  readonly between: Tensor;
  /** [b, 1]: xᵢ · xᵢ, the very numbers of the diagonal, so that what is one image's own comes to 0. */
  readonly own: Tensor;
  /** [b, b]: ‖xᵢ − xⱼ‖, with a gradient of 0 where it is 0. */
  readonly lengths: Tensor;
}

function products(x: Tensor2D): Products {
  const [batch] = x.shape;
  const centred = sub<Tensor2D>(x, mean(x, 0, true));
  const between = matMul(centred, centred, false, true);
  const places = range(0, batch, 1, 'int32');
  const diagonal = cast(equal(expandDims(places, 0), expandDims(places, 1)), 'float32');
  const own = sum(mul(between, diagonal), 1, true);
  const squares = sub(add(own, transpose(own)), mul(between, 2));
  return { between, own, lengths: roots(squares) };
}

/** [b, b], with the mean 1 over pairs of two images. */
function distances(x: Tensor2D): Tensor {
  const { lengths: all } = products(x);
  const [batch] = x.shape;
  return divideSafely(all, mul(sum(all), 1 / Math.max(1, batch * (batch - 1))));
}

/** [b, b, b], the first axis being the vertex i: (xⱼ − xᵢ) · (xₖ − xᵢ) by both lengths. */
function cosines(x: Tensor2D): Tensor {
  const { between, own, lengths: all } = products(x);
  // In this order all of it is 0 where j or k is i.
  const fromJ = sub(expandDims(between, 0), expandDims(between, 1));
  const rays = add(fromJ, expandDims(sub(own, between), 2));
  return divideSafely(divideSafely(rays, expandDims(all, 1)), expandDims(all, 2));
}

/** Half the square of the difference up to 1, linear from there; the mean. */
function huber(x: Tensor, y: Tensor): Scalar {
  const error = abs(sub(x, y));
  const near = minimum(error, 1);
  return mean(add(mul(square(near), 0.5), sub(error, near)));
}

const relationalOptions = options({
  /** Pairs of layers, by name: embeddings, or feature maps, of which the mean over the pixels is taken. */
  taps: required(tapPairs),
  /** Weight of the distances, from 0; default 25. */
  distanceWeight: optional(number({ min: 0 }), 25),
  /** Weight of the angles, from 0; default 50. */
  angleWeight: optional(number({ min: 0 }), 50),
});

/** Settings of {@link relationalKd}; the weights are those of the comparison in the paper of `contrastiveKd`. */
export interface RelationalKdOptions extends Given<typeof relationalOptions> {}

/**
 * {@link relationalDistanceLoss} and {@link relationalAngleLoss} for the Distiller, summed over pairs of layers; its
 * terms are `distance` and `angle`.
 *
 * @throws if an option is unknown, missing or out of range.
 */
export function relationalKd(given: RelationalKdOptions): DistillationLoss {
  const settings = resolve(relationalOptions, given, 'relationalKd options');
  const { taps, distanceWeight, angleWeight } = settings;
  return {
    name: 'relationalKd',
    config: { name: 'relationalKd', ...settings, taps: taps.map((pair) => ({ ...pair })) },
    taps,
    validate: (student, teacher) => checkEmbeddings(taps, student, teacher),
    compute: ({ studentTaps, teacherTaps }) =>
      tidy(() => {
        const pairs = taps.map(
          (pair) =>
            [
              embedding(studentTaps[pair.student] as Tensor),
              embedding(teacherTaps[pair.teacher] as Tensor),
            ] as const,
        );
        return {
          distance: weightedSum(
            pairs.map(([s, t]) => relationalDistanceLoss(s, t)),
            distanceWeight,
          ),
          angle: weightedSum(
            pairs.map(([s, t]) => relationalAngleLoss(s, t)),
            angleWeight,
          ),
        };
      }),
  };
}
