import type { Augmentation, Batch, ImageDataset } from '@mnet/data';
import type { Scalar, Tensor2D, TensorContainer, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { JsonObject, JsonValue } from '../json.ts';

/** What an objective may prepare itself with before the first step. */
export interface ObjectiveSetup {
  readonly model: LayersModel;
  /** The training images. */
  readonly dataset: ImageDataset;
  readonly augment: Augmentation | undefined;
  readonly epochs: number;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
  /** Shows a long preparation in the callbacks; an error of theirs comes out of it. */
  readonly progress: (task: string, done: number, total: number) => Promise<void>;
}

/**
 * What an objective is given at each step.
 *
 * @typeParam Prepared what the objective's `prepare` gives
 */
export interface ObjectiveContext<Prepared = unknown> {
  readonly model: LayersModel;
  readonly batch: Batch;
  /** From 0. */
  readonly epoch: number;
  /** Steps made before this one, over all epochs. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** What `prepare` gave for this batch. */
  readonly prepared: Prepared;
}

/** What an objective computes at each step. */
export interface ObjectiveValue {
  /** What is minimised. */
  readonly loss: Scalar;
  /** float32 [batch, classes], for the training accuracy. */
  readonly logits: Tensor2D;
  /**
   * How many images of the batch are recognised, a float; counted from the logits where it is left out. A cross-entropy
   * has it at hand (`softmaxCrossEntropyWithHits` of `@mnet/ops`).
   */
  readonly hits?: Scalar;
  /** The loss's parts, to be logged by name; the same names at each step. */
  readonly terms?: Readonly<Record<string, Scalar>>;
}

/**
 * What a training minimises. Cross-entropy is one; distillation is another. There is one training loop, and this
 * is where it is open.
 *
 * @typeParam Prepared what `prepare` gives: tensors, also within objects and arrays
 */
export interface Objective<Prepared extends TensorContainer = TensorContainer> {
  readonly name: string;
  /** The settings, as a run writes them down. */
  readonly config: JsonObject;
  /**
   * Whether `compute` heeds `batch.mix`, the second labels of mixed pictures, as `batchCrossEntropy` does; default false.
   * Without it, a training with `mixup` or `cutmix` is refused: it would learn from the wrong labels.
   */
  readonly mixes?: boolean;
  /**
   * Digests of what else decides the result and is no setting, such as a teacher's weights. Asked for where a run folder
   * is written; a run is resumed only where they are the same.
   */
  fingerprint?(): Promise<JsonValue>;
  /**
   * Runs once before the first step. Returns variables of its own, which checkpoints hold. They are trained beside the
   * model's, such as adapters, but for those that are not `trainable`, such as a memory bank.
   */
  setup?(setup: ObjectiveSetup): Promise<{ variables?: readonly Variable[] }>;
  /**
   * Runs before each step, outside the gradient: what needs none belongs here, such as a teacher's logits. Every tensor in
   * what it gives, under the same names at each step, is disposed of after it. Steps are replayed only where it gives tensors
   * alone.
   */
  prepare?(context: Omit<ObjectiveContext, 'prepared'>): Prepared;
  /** The student's forward pass and the loss, under the gradient. */
  compute(context: ObjectiveContext<Prepared>): ObjectiveValue;
  /** Runs after the last step, also after an error. */
  teardown?(): void;
}

/** How a model is called in training mode. */
export interface TrainingCall {
  readonly training: true;
  readonly step: number;
  [key: string]: unknown;
}

/**
 * What a model's `apply` takes in training mode. Layers that draw random numbers, such as SeededDropout, look at the step;
 * where none does, the step may be replayed (see `captureStep` of `@mnet/ops`), so it must not be looked at for them.
 */
export function trainingCall(context: Pick<ObjectiveContext, 'step'>): TrainingCall {
  return {
    training: true,
    get step() {
      return context.step;
    },
  };
}

/** The model's logits in training mode. */
export function trainingLogits(context: ObjectiveContext): Tensor2D {
  return context.model.apply(context.batch.images, trainingCall(context)) as Tensor2D;
}
