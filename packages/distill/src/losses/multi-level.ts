import {
  addN,
  div,
  matMul,
  mul,
  type Scalar,
  softmax,
  squaredDifference,
  sum,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import {
  type Given,
  list,
  number,
  optional,
  options,
  resolve,
  type Takes,
  unfit,
} from '@mnet/core/options';
import { constant } from '@mnet/ops';
import type { DistillationLoss } from './distillation-loss.ts';
import { kdLoss } from './kd.ts';
import { temperature } from './temperature.ts';

const several = list(temperature, 'one or more temperatures, such as [2, 4, 6]');
const temperatures: Takes<readonly number[]> = {
  ...several,
  check(value, argument) {
    const checked = several.check(value, argument);
    if (checked.length === 0) throw unfit(value, several.text, argument);
    return checked;
  },
};

/** What {@link MultiLevelOptions} are made of, for whoever offers them in another form, such as flags. */
export const multiLevelOptions = options({
  /** The temperatures, each above 0, up to 1,000,000, over which the losses are summed; default 2, 3, 4, 5, 6. */
  temperatures: optional(temperatures, [2, 3, 4, 5, 6]),
  /** Weight of the level of images, from 0; default 1. */
  instanceWeight: optional(number({ min: 0 }), 1),
  /** Weight of the level of the batch, from 0; default 1. */
  batchWeight: optional(number({ min: 0 }), 1),
  /** Weight of the level of classes, from 0; default 1. */
  classWeight: optional(number({ min: 0 }), 1),
});

/** Settings of {@link multiLevelLoss} and {@link multiLevelKd}. */
export interface MultiLevelOptions extends Given<typeof multiLevelOptions> {}

/**
 * Multi-level logit distillation. With P the probabilities [batch B, classes C] at a temperature T, sums over the
 * temperatures:
 *
 *     instance = Σ_T T² · KL(Pᵀ ‖ Pˢ)              each image's prediction
 *     batch    = Σ_T 1/B ‖Pᵀ Pᵀ' − Pˢ Pˢ'‖²        how alike the images of a batch are
 *     class    = Σ_T 1/C ‖Pᵀ' Pᵀ − Pˢ' Pˢ‖²        how classes go together in a batch
 *
 * where P' is P transposed. A batch of one image and two classes are taken as any other. The paper also shows each image
 * under a strong augmentation beside a weak one (RandAugment), and its code leaves out images and classes of which the
 * teacher is unsure: that is not part of this, which sees the one batch that the training loop makes.
 *
 * Source: Jin et al. 2023, "Multi-Level Logit Distillation", section 3,
 * https://openaccess.thecvf.com/content/CVPR2023/html/Jin_Multi-Level_Logit_Distillation_CVPR_2023_paper.html
 *
 * @param student float32 [batch, classes] logits, differentiable
 * @param teacher float32 [batch, classes] logits; they get no gradient
 * @returns the three terms, weighted
 * @throws if an option is unknown or out of range.
 */
export function multiLevelLoss(
  student: Tensor2D,
  teacher: Tensor2D,
  given: MultiLevelOptions = {},
): { instance: Scalar; batch: Scalar; class: Scalar } {
  const settings = resolve(multiLevelOptions, given, 'multiLevelLoss options');
  return tidy(() => {
    const fixed = constant(teacher);
    const levels = settings.temperatures.map((t) => levelsAt(student, fixed, t));
    const total = (level: keyof (typeof levels)[number], weight: number): Scalar =>
      mul(addN(levels.map((each) => each[level])), weight);
    return {
      instance: total('instance', settings.instanceWeight),
      batch: total('batch', settings.batchWeight),
      class: total('class', settings.classWeight),
    };
  });
}

function levelsAt(student: Tensor2D, teacher: Tensor2D, t: number) {
  const [p, q] = [softmax(div(student, t)), softmax(div(teacher, t))] as [Tensor2D, Tensor2D];
  const [images, classes] = student.shape;
  const between = (x: Tensor2D): Tensor2D => matMul(x, x, false, true);
  const within = (x: Tensor2D): Tensor2D => matMul(x, x, true, false);
  return {
    instance: kdLoss(student, teacher, { temperature: t }),
    batch: div<Scalar>(sum(squaredDifference(between(p), between(q))), images),
    class: div<Scalar>(sum(squaredDifference(within(p), within(q))), classes),
  };
}

/**
 * {@link multiLevelLoss} for the Distiller; its terms are `instance`, `batch` and `class`.
 *
 * @throws if an option is unknown or out of range.
 */
export function multiLevelKd(given: MultiLevelOptions = {}): DistillationLoss {
  const settings = resolve(multiLevelOptions, given, 'multiLevelKd options');
  const { temperatures: each, ...weights } = settings;
  return {
    name: 'multiLevelKd',
    config: { name: 'multiLevelKd', temperatures: [...each], ...weights },
    compute: ({ studentLogits, teacherLogits }) =>
      multiLevelLoss(studentLogits, teacherLogits, settings),
  };
}
