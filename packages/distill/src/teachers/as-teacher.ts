import { type Takes, unfit } from '@mnet/core/options';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { modelTeacher } from './model-teacher.ts';
import type { Teacher } from './teacher.ts';

const words = 'a tf.LayersModel or a Teacher, such as ensembleTeacher([…])';

/** A model, which becomes a teacher, or a teacher, which stays as it is. */
export const teacherTaken: Takes<LayersModel | Teacher, Teacher> = {
  text: words,
  check(value, argument) {
    if (typeof (value as Partial<Teacher> | null)?.prepare === 'function') return value as Teacher;
    if (typeof (value as Partial<LayersModel> | null)?.apply === 'function') {
      return modelTeacher(value as LayersModel);
    }
    throw unfit(value, words, argument);
  },
};

/** A model as a teacher; a teacher as it is. */
export function asTeacher(value: Teacher | LayersModel): Teacher {
  return teacherTaken.check(value, 'teacher');
}
