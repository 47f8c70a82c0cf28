import {
  boolean,
  custom,
  type Given,
  list,
  number,
  optional,
  options,
  required,
  resolve,
} from '@mnet/core/options';
import { checkClassifier, type TrainOptions, trainOptions } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { DistillationLoss } from './losses/distillation-loss.ts';
import { hintonKd } from './losses/kd.ts';
import { teacherTaken } from './teachers/as-teacher.ts';
import { checkTeacherInput } from './teachers/input-shape.ts';
import type { Teacher } from './teachers/teacher.ts';

const losses = custom<readonly DistillationLoss[]>(
  'at least one DistillationLoss, such as [hintonKd({ temperature: 4 })]',
  (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (loss) => typeof (loss as Partial<DistillationLoss> | null)?.compute === 'function',
    ),
);

/** What {@link DistillerOptions} are made of, for whoever offers them in another form, such as flags. */
export const distillerOptions = options({
  /** A model with logits as its output, or any other Teacher; it is left as it is. */
  teacher: required(teacherTaken),
  /** What the student learns from it; default: `hintonKd({ temperature: 4 })`. */
  losses: optional(losses, [hintonKd()]),
  /** wᵢ, from 0, one for each loss; default 1 each. */
  weights: optional(list(number({ min: 0 }), 'numbers from 0, one for each loss')),
  /** α, the share of the teacher, from 0 to 1; default 0.5. */
  alpha: optional(number({ min: 0, max: 1 }), 0.5),
  /** Weight of the cross-entropy with the labels, from 0; default 1 − α. */
  studentLossWeight: optional(number({ min: 0 })),
  /** ε of that cross-entropy, from 0 to 1; default 0. */
  labelSmoothing: optional(trainOptions.fields.labelSmoothing.takes, 0),
  /**
   * Asks the teacher once an image instead of at each step. That is possible without augmentation, and with
   * mirroring alone, where no loss needs the teacher's layers. Default `auto`: where it is possible and saves work.
   */
  cacheTeacher: optional(
    custom<boolean | 'auto'>("true, false or 'auto'", (value) => {
      return typeof value === 'boolean' || value === 'auto';
    }),
    'auto',
  ),
});

/** What a {@link Distiller} is made of. */
export interface DistillerOptions extends Given<typeof distillerOptions> {}

/** What {@link FitOptions} have beside the training's own. */
export const fitOptions = options({
  /**
   * Also evaluates the teacher, on the validation and the test images, at the end, and how often the student agrees with it;
   * default true.
   */
  evaluateTeacher: optional(boolean(), true),
});

/** Options of `train` that are the Distiller's own. */
export const distillersOwn = ['objective', 'loss', 'labelSmoothing', 'classWeights'] as const;

/** The training's options; the objective is the Distiller's own. */
export interface FitOptions
  extends Omit<TrainOptions, (typeof distillersOwn)[number]>,
    Given<typeof fitOptions> {}

/** A distillation's settings, all of them there and checked. */
export interface DistillationSettings {
  readonly student: LayersModel;
  readonly teacher: Teacher;
  readonly losses: readonly DistillationLoss[];
  readonly weights: readonly number[];
  readonly alpha: number;
  readonly studentLossWeight: number;
  readonly labelSmoothing: number;
  readonly cacheTeacher: boolean | 'auto';
}

/** Checks that the student can learn with these options, and fills in the defaults. */
export function resolveSettings(
  student: LayersModel,
  given: DistillerOptions,
): DistillationSettings {
  const classes = checkClassifier(student, 'student');
  const settings = resolve(distillerOptions, given, 'options');
  if (given.teacher === student) {
    throw new Error('teacher: got the student itself, takes another model');
  }
  checkTeacher(settings.teacher, student, classes);
  const { losses: learned, alpha } = settings;
  const { weights = learned.map(() => 1), studentLossWeight = 1 - alpha } = settings;
  if (weights.length !== learned.length) {
    throw new RangeError(
      `weights: got [${weights.join(', ')}], takes one for each of the ${learned.length} losses`,
    );
  }
  return { ...settings, student, weights, studentLossWeight };
}

function checkTeacher(teacher: Teacher, student: LayersModel, classes: number): void {
  if (teacher.classes !== classes) {
    throw new RangeError(
      `teacher: '${teacher.name}' has ${teacher.classes} classes, the student ${classes}; takes a teacher of the same classes`,
    );
  }
  checkTeacherInput(teacher, (student.inputs[0]?.shape ?? []).slice(1), 'the student of');
}
