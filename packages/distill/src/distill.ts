import type { TrainingData } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  Distiller,
  type DistillerOptions,
  type DistillResult,
  type FitOptions,
} from './distiller.ts';

/** Options of {@link distill}: the data, those of {@link Distiller}, and those of training. */
export interface DistillOptions extends DistillerOptions, FitOptions {
  /** The training images, and validation and test images where there are any. */
  data: TrainingData;
}

/**
 * Distils a teacher into a student: {@link Distiller} in one call.
 *
 * @param student any tf.LayersModel with one image input and one output of logits; trained in place
 * @throws if an option is unknown or out of range, and what `train` throws.
 */
export async function distill(
  student: LayersModel,
  options: DistillOptions,
): Promise<DistillResult> {
  const { data, teacher, losses, weights, alpha, studentLossWeight, ...others } = options ?? {};
  const { labelSmoothing, cacheTeacher, ...fitOptions } = others;
  const given = { losses, weights, alpha, studentLossWeight, labelSmoothing, cacheTeacher };
  const distiller = new Distiller(student, {
    teacher,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  });
  return distiller.fit(data, fitOptions);
}
