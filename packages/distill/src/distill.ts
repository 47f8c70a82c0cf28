import type { TrainingData } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Distiller, type DistillResult } from './distiller.ts';
import { type DistillerOptions, distillerOptions, type FitOptions } from './options.ts';

/** Options of {@link distill}: the data, those of {@link Distiller}, and those of training. */
export interface DistillOptions extends DistillerOptions, FitOptions {
  /** The training images, and validation and test images where there are any. */
  data: TrainingData;
}

/** A distillation that is checked and not begun. */
export interface PreparedDistillation {
  /** Checks what {@link Distiller.check} does. */
  check(): void;
  run(): Promise<DistillResult>;
}

/** Sorts the options into those of the {@link Distiller} and those of training. */
export function prepared(student: LayersModel, options: DistillOptions): PreparedDistillation {
  const { data, ...others } = options ?? {};
  const own: readonly string[] = distillerOptions.keys;
  const pick = (wanted: boolean): object =>
    Object.fromEntries(Object.entries(others).filter(([key]) => own.includes(key) === wanted));
  const distiller = new Distiller(student, pick(true) as DistillerOptions);
  const training = pick(false) as FitOptions;
  return {
    check: () => distiller.check(data, training),
    run: () => distiller.fit(data, training),
  };
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
  return prepared(student, options).run();
}
