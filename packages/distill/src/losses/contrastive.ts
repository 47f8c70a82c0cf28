import {
  add,
  exp,
  expandDims,
  gather,
  log,
  matMul,
  mean,
  mul,
  neg,
  type Scalar,
  scalar,
  softplus,
  sub,
  sum,
  type Tensor,
  tensor,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  tensor2d,
  tensorScatterUpdate,
  tidy,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import {
  type Given,
  integer,
  number,
  optional,
  options,
  required,
  resolve,
} from '@mnet/core/options';
import { deriveSeed, Random, uniformValues } from '@mnet/core/random';
import { checkShape } from './check-shapes.ts';
import type { DistillationContext, DistillationLoss } from './distillation-loss.ts';
import { checkEmbeddings, embedding } from './embedding.ts';
import { unit } from './lengths.ts';
import { Negatives } from './negatives.ts';
import { onePair } from './tap-pairs.ts';

/** What {@link contrastiveLoss} compares embeddings with. */
export interface Contrast {
  /** The other side's memory: float32 [images, dimensions], rows of length 1. */
  readonly bank: Tensor2D;
  /** int32 [batch]: the row of each embedding's own image. */
  readonly positions: Tensor1D;
  /** float32 [batch, images]: how often each row was drawn as a negative of each embedding. */
  readonly drawn: Tensor2D;
  /** K, how many were drawn for each. */
  readonly negatives: number;
  /** τ. */
  readonly temperature: number;
  /** Z, a scalar, which makes of exp(cos / τ) a probability over the images. */
  readonly partition: Tensor;
}

/**
 * One side of contrastive representation distillation: an embedding v shall tell the other side's memory of its own
 * image, m⁺, from those of K images of other classes, by noise-contrastive estimation over N images:
 *
 *     L = mean over the batch of −log h(m⁺) − Σₖ log (1 − h(mₖ)),
 *     h(m) = p / (p + K / N),   p = exp(v · m / τ) / Z
 *
 * Computed as the binary cross-entropy of the logit v · m / τ − log (Z · K / N), finite for all embeddings of length 1,
 * over all N rows at once, each weighted by how often it was drawn: batch · N numbers, however large K is.
 *
 * Source: Tian et al. 2020, "Contrastive Representation Distillation", section 3, https://arxiv.org/abs/1910.10699, with
 * Z and the memory of Wu et al. 2018, https://arxiv.org/abs/1805.01978, as in the authors' code
 *
 * @param embeddings float32 [batch, dimensions], rows of length 1, differentiable
 * @param contrast what they are compared with; it gets no gradient in a training, where a bank is not trainable
 * @throws if a shape differs.
 */
export function contrastiveLoss(embeddings: Tensor2D, contrast: Contrast): Scalar {
  const { bank, positions, drawn, negatives, temperature, partition } = contrast;
  const [images] = bank.shape;
  checkShape(positions, [embeddings.shape[0]], 'positions');
  checkShape(drawn, [embeddings.shape[0], images], 'drawn');
  return tidy(() => {
    const even = log(mul(partition, negatives / images));
    const own = sub(mul(ownSimilarity(embeddings, contrast), 1 / temperature), even);
    const all = sub(mul(matMul(embeddings, bank, false, true), 1 / temperature), even);
    return mean(add(softplus(neg(own)), sum(mul(drawn, softplus(all)), 1)));
  });
}

/** v · m⁺, [batch]. */
function ownSimilarity(embeddings: Tensor2D, { bank, positions }: Contrast): Tensor {
  return sum(mul(embeddings, gather(bank, positions)), 1);
}

/** Z as N times the mean of exp(v · m / τ) over all that is compared: an estimate, which is then kept. */
function estimatedPartition(embeddings: Tensor2D, contrast: Contrast): Tensor {
  const { bank, drawn, negatives, temperature } = contrast;
  const [images] = bank.shape;
  const own = sum(exp(mul(ownSimilarity(embeddings, contrast), 1 / temperature)));
  const all = exp(mul(matMul(embeddings, bank, false, true), 1 / temperature));
  const compared = embeddings.shape[0] * (negatives + 1);
  return mul(add(own, sum(mul(drawn, all))), images / compared);
}

/**
 * A memory bank after a batch: the rows of its images move towards their embeddings and keep the length 1.
 *
 *     m ← (μ · m + (1 − μ) · v) / ‖μ · m + (1 − μ) · v‖
 *
 * @param bank float32 [images, dimensions]
 * @param positions int32 [batch], each image once
 * @param embeddings float32 [batch, dimensions], rows of length 1
 * @param momentum μ, from 0 to 1
 * @returns float32 [images, dimensions]
 */
export function movedBank(
  bank: Tensor2D,
  positions: Tensor1D,
  embeddings: Tensor2D,
  momentum: number,
): Tensor2D {
  return tidy(() => {
    const rows = gather(bank, positions);
    const moved = unit(add(mul(rows, momentum), mul(embeddings, 1 - momentum)));
    return tensorScatterUpdate(bank, expandDims(positions, 1), moved);
  });
}

/** What {@link ContrastiveKdOptions} are made of, for whoever offers them in another form, such as flags. */
export const contrastiveOptions = options({
  /** One pair of layers, by name: embeddings, or feature maps, of which the mean over the pixels is taken. */
  taps: required(onePair),
  /** K, images of other classes that each image is told from, from 1 to 1,000,000; default 16,384. */
  negatives: optional(integer({ min: 1, max: 1e6 }), 16384),
  /** τ, from 0.02 to 1,000; default 0.07. */
  temperature: optional(number({ min: 0.02, max: 1000 }), 0.07),
  /** μ, the share of the old in a row of memory that is seen again, from 0 to 1; default 0.5. */
  momentum: optional(number({ min: 0, max: 1 }), 0.5),
  /** Width of both sides' embeddings, from 1; default 128. */
  dimensions: optional(integer({ min: 1 }), 128),
  /** From 0; default 0.8. */
  weight: optional(number({ min: 0 }), 0.8),
});

/** Settings of {@link contrastiveKd}; the defaults are the paper's for CIFAR-100. */
export interface ContrastiveKdOptions extends Given<typeof contrastiveOptions> {}

const sides = ['student', 'teacher'] as const;

/**
 * Contrastive representation distillation for the Distiller: {@link contrastiveLoss} of the student against the memory of
 * the teacher and the other way round; its term is `contrast`, their weighted sum. Each side's layer goes through a linear
 * adapter that is trained with the student and thrown away after. The memories hold one embedding an image, 2 · images ·
 * dimensions numbers, are moved after each step, and start at random.
 *
 * Negatives are drawn from images of other classes, with repetition, from the loss's seed and the step alone, so that a
 * resumed run draws the same. Z is estimated at the first step. A batch of one image and two classes are as any other.
 *
 * @throws if an option is unknown, missing or out of range.
 */
export function contrastiveKd(given: ContrastiveKdOptions): DistillationLoss {
  const settings = resolve(contrastiveOptions, given, 'contrastiveKd options');
  const { taps, negatives, temperature, momentum, dimensions, weight } = settings;
  const [pair] = taps;
  return {
    name: 'contrastiveKd',
    config: { name: 'contrastiveKd', ...settings, taps: [{ ...pair }] },
    taps,
    validate: (student, teacher) => checkEmbeddings(taps, student, teacher),
    variables(shapes, seed, images) {
      const named = sides.flatMap((side) => {
        const width = shapes[side][pair[side]]?.at(-1) as number;
        const own = newSide(width, dimensions, images, deriveSeed(seed, side));
        return Object.entries(own).map(([name, each]) => [`${side}_${name}`, each] as const);
      });
      return Object.fromEntries(named);
    },
    compute: (context) =>
      tidy(() => {
        const { studentTaps, teacherTaps, variables, indices, step } = context;
        const positions = tensor1d(indices, 'int32');
        const drawn = drawnFor(context, negatives);
        const student = projected(studentTaps[pair.student], 'student', variables);
        const teacher = projected(teacherTaps[pair.teacher], 'teacher', variables);
        const oneSide = (embeddings: Tensor2D, own: string, other: string): Scalar => {
          const bank = variables[`${other}_bank`] as unknown as Tensor2D;
          const partition = variables[`${own}_partition`] as Variable;
          const contrast = { bank, positions, drawn, negatives, temperature, partition };
          if (step === 0) partition.assign(estimatedPartition(embeddings, contrast));
          return contrastiveLoss(embeddings, contrast);
        };
        const both = add(
          oneSide(student, 'student', 'teacher'),
          oneSide(teacher, 'teacher', 'student'),
        );
        for (const [side, embeddings] of [
          ['student', student],
          ['teacher', teacher],
        ] as const) {
          const bank = variables[`${side}_bank`] as Variable;
          bank.assign(movedBank(bank as unknown as Tensor2D, positions, embeddings, momentum));
        }
        return { contrast: mul<Scalar>(both, weight) };
      }),
  };
}

/** A side's variables: its adapter, which is trained, and its memory and Z, which are not. */
function newSide(
  width: number,
  dimensions: number,
  images: number,
  seed: number,
): Record<string, Variable> {
  const random = (shape: [number, number], inputs: number, name: string): Tensor =>
    tensor(
      uniformValues(shape[0] * shape[1], Math.sqrt(3 / inputs), deriveSeed(seed, name)),
      shape,
    );
  return {
    weight: variable(random([width, dimensions], width, 'weight')),
    bias: variable(zeros([dimensions])),
    // Rows of a mean squared length of 1.
    bank: variable(random([images, dimensions], dimensions, 'bank'), false),
    partition: variable(scalar(1), false),
  };
}

/** One side's embeddings of the batch, [batch, dimensions], rows of length 1. */
function projected(
  tapped: Tensor | undefined,
  side: (typeof sides)[number],
  variables: DistillationContext['variables'],
): Tensor2D {
  const { [`${side}_weight`]: weight, [`${side}_bias`]: bias } = variables;
  const features = embedding(tapped as Tensor);
  return unit(add(matMul(features, weight as unknown as Tensor2D), bias as Variable));
}

/** By the labels of a training set; sorting them takes a pass over all. */
const known = new WeakMap<Int32Array, Negatives>();

function drawnFor(
  { trainingLabels, indices, seed, step }: DistillationContext,
  count: number,
): Tensor2D {
  const negatives = known.get(trainingLabels) ?? new Negatives(trainingLabels);
  known.set(trainingLabels, negatives);
  const drawn = negatives.draw(indices, count, new Random(seed, step));
  return tensor2d(drawn, [indices.length, trainingLabels.length]);
}
