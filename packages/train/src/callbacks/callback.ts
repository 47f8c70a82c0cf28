import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { EpochRecord } from '../runs/run-record.ts';

/** What is known when a training starts. */
export interface TrainInfo {
  readonly model: LayersModel;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  /** Training images. */
  readonly images: number;
  /** Epochs that an earlier process has done of this run. */
  readonly epochsDone: number;
}

/** What is known after a step. Means are over the epoch so far. */
export interface StepInfo {
  /** From 1. */
  readonly epoch: number;
  /** Steps done in this epoch. */
  readonly step: number;
  readonly learningRate: number;
  readonly loss: number;
  /** From 0 to 1. */
  readonly accuracy: number;
  /** Over the epoch so far. */
  readonly imagesPerSecond: number;
  /** An estimate for the rest of the training, evaluations included. */
  readonly secondsLeft: number;
}

/** A task beside the steps, such as an evaluation. */
export interface ProgressInfo {
  /** Such as `validation`, `test`, `teacher logits`. */
  readonly task: string;
  /** Images done, of `total`. */
  readonly done: number;
  readonly total: number;
}

/** Is told of a training's course. Each method is optional; an error thrown in one ends the training. */
export interface Callback {
  onTrainBegin?(info: TrainInfo): void | Promise<void>;
  onStepEnd?(info: StepInfo): void | Promise<void>;
  onProgress?(info: ProgressInfo): void | Promise<void>;
  /** The model holds the weights as they were evaluated: with `ema`, the averaged ones. */
  onEpochEnd?(record: EpochRecord, model: LayersModel): void | Promise<void>;
  /** The training is complete; the model holds its final weights. */
  onTrainEnd?(model: LayersModel): void | Promise<void>;
  /** The training ends with this error: divergence, an abort, or any other. */
  onError?(error: unknown): void | Promise<void>;
}

type Handlers = { [K in keyof Required<Callback>]: Parameters<Required<Callback>[K]> };

/** Calls one method of all callbacks, one after the other. */
export async function notify<K extends keyof Handlers>(
  callbacks: readonly Callback[],
  method: K,
  ...args: Handlers[K]
): Promise<void> {
  for (const callback of callbacks) {
    const handler = callback[method] as ((...a: Handlers[K]) => unknown) | undefined;
    await handler?.apply(callback, args);
  }
}
