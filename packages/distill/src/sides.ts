import { type TappedModel, tapModel } from '@mnet/layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { DistillationLoss, DistillationSide } from './losses/distillation-loss.ts';
import type { PreparedTeacher, Teacher } from './teachers/teacher.ts';

/** Student and teacher, ready to give what the losses need. */
export interface Sides {
  readonly student: TappedModel;
  readonly teacher: PreparedTeacher;
}

/** The layers that some losses need, each once. */
export function tapsOf(losses: readonly DistillationLoss[], side: 'student' | 'teacher'): string[] {
  return [...new Set(losses.flatMap(({ taps = [] }) => taps.map((pair) => pair[side])))];
}

/**
 * Taps the layers that the losses need, and asks each loss whether both sides are what it takes.
 *
 * @param images how many images there are to train on
 * @throws if there is no such layer, or a loss refuses the sides; the error names the loss.
 */
export function tapSides(
  {
    student,
    teacher,
    losses,
  }: { student: LayersModel; teacher: Teacher; losses: readonly DistillationLoss[] },
  images: number,
): Sides {
  const tapped = tapModel(student, tapsOf(losses, 'student'), `the student '${student.name}'`);
  const prepared = teacher.prepare(tapsOf(losses, 'teacher'));
  const { name, classes } = teacher;
  const sides = {
    student: { name: student.name, classes, taps: tapped.shapes },
    teacher: { name, classes, taps: prepared.shapes },
  };
  losses.forEach((loss, i) => validate(loss, i, sides, images));
  return { student: tapped, teacher: prepared };
}

function validate(
  loss: DistillationLoss,
  index: number,
  { student, teacher }: Record<'student' | 'teacher', DistillationSide>,
  images: number,
): void {
  try {
    loss.validate?.(student, teacher, images);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    const Kind = [RangeError, TypeError].find((each) => cause instanceof each) ?? Error;
    throw new Kind(`losses[${index}], ${loss.name}: ${what}`, { cause });
  }
}
