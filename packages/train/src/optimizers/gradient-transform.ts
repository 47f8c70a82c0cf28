import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import type { JsonObject } from '../json.ts';

/** Gradients on their way to an update rule. */
export interface Gradients {
  /** One for each variable, of its shape; null where none has reached it. */
  readonly values: readonly (Tensor | null)[];
  /** What all of them are still to be multiplied by, which the update does in its own pass; absent: 1. */
  readonly scale?: Scalar;
}

/** Changes gradients before an update rule gets them, as in optax. It has settings, and no state. */
export interface GradientTransform {
  readonly name: string;
  /** The settings, as a run writes them down. */
  readonly config: JsonObject;
  /**
   * Called at each step within `tf.tidy`. To read no values here keeps the device or the workers busy.
   *
   * @param variables in the order of the gradients
   */
  transform(gradients: Gradients, variables: readonly Variable[]): Gradients;
}
