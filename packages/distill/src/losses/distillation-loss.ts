import type { JsonObject } from '@mnet/train';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core';

/** Two layers whose outputs a loss compares, by their names. */
export interface TapPair {
  readonly student: string;
  readonly teacher: string;
}

/** Shapes of the tapped outputs without the batch, by the layers' names. */
export interface TapShapes {
  readonly student: Readonly<Record<string, readonly number[]>>;
  readonly teacher: Readonly<Record<string, readonly number[]>>;
}

/** Student or teacher, as a loss may check it before training begins. */
export interface DistillationSide {
  readonly name: string;
  readonly classes: number;
  /** Shapes of the tapped outputs without the batch, by the layers' names. */
  readonly taps: Readonly<Record<string, readonly number[]>>;
}

/** What a loss is computed from at each step. */
export interface DistillationContext {
  /** float32 [batch, classes]. */
  readonly studentLogits: Tensor2D;
  /** float32 [batch, classes]; no gradient reaches the teacher. */
  readonly teacherLogits: Tensor2D;
  /** int32 [batch]. */
  readonly labels: Tensor1D;
  /** Where each image of the batch stands in the training set: [batch], from 0. */
  readonly indices: Int32Array;
  /** Labels of all training images, by where each stands: [images]. */
  readonly trainingLabels: Int32Array;
  /** Outputs of the student's tapped layers, by name. */
  readonly studentTaps: Readonly<Record<string, Tensor>>;
  /** Outputs of the teacher's tapped layers, by name. */
  readonly teacherTaps: Readonly<Record<string, Tensor>>;
  /** The loss's own variables. */
  readonly variables: Readonly<Record<string, Variable>>;
  /** The seed that `variables` is given; with `step`, it names random numbers that a resumed run draws again. */
  readonly seed: number;
  /** From 0. */
  readonly epoch: number;
  /** Steps made before this one, over all epochs. */
  readonly step: number;
  readonly stepsPerEpoch: number;
}

/**
 * A way to learn from a teacher. It holds no state, so that one object serves any number of trainings: variables,
 * such as an adapter between unequal channels, are made for each and passed back in the context.
 */
export interface DistillationLoss {
  readonly name: string;
  /** The settings, as a run writes them down. */
  readonly config: JsonObject;
  /** The layers it needs the outputs of; default: none, the logits are enough. */
  readonly taps?: readonly TapPair[];
  /**
   * Checks both sides before training begins, and before anything is written; default: whatever their layers are, they fit.
   * The Distiller puts the loss's name before the message of what it throws.
   *
   * @param images how many images there are to train on
   * @throws where it cannot learn this student from this teacher, saying what it takes.
   */
  validate?(student: DistillationSide, teacher: DistillationSide, images: number): void;
  /**
   * Makes the loss's own variables, by name; default: none. They are trained beside the student's, but for those that are
   * not `trainable`, such as a memory bank, to which `compute` may assign. Checkpoints hold both.
   *
   * @param images how many images there are to train on: the batches' `indices` are below it
   */
  variables?(shapes: TapShapes, seed: number, images: number): Record<string, Variable>;
  /** The loss's terms by name, each a mean over the batch, weighted among themselves; their sum counts. */
  compute(context: DistillationContext): Record<string, Scalar>;
}
