import type { LayersModel } from '@tensorflow/tfjs-layers';
import { show } from '@mnet/core/check';
import { modelTeacher } from './model-teacher.ts';
import type { Teacher } from './teacher.ts';

/** A model as a teacher; a teacher as it is. */
export function asTeacher(value: Teacher | LayersModel): Teacher {
  if (typeof (value as Partial<Teacher>)?.prepare === 'function') return value as Teacher;
  if (typeof (value as Partial<LayersModel>)?.apply === 'function') {
    return modelTeacher(value as LayersModel);
  }
  throw new TypeError(
    `teacher: got ${show(value)}, takes a tf.LayersModel or a Teacher, such as ensembleTeacher([…])`,
  );
}
