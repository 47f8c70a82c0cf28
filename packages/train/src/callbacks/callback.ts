import { show } from '@mnet/core/check';
import { custom } from '@mnet/core/options';
import type { Augmentation, ImageDataset } from '@mnet/data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type {
  EpochRecord,
  RunDescription,
  RunRecord,
  StepRecord,
  TestDetails,
  TestRecord,
} from '../runs/run-record.ts';

/** What is known when a training starts. */
export interface TrainInfo {
  readonly model: LayersModel;
  /** Passes over the training images, with one that is cut short. */
  readonly epochs: number;
  /** Of a whole epoch. */
  readonly stepsPerEpoch: number;
  /** Of the whole training. */
  readonly steps: number;
  readonly batchSize: number;
  /** Training images. */
  readonly images: number;
  /** Epochs that an earlier process has done of this run. */
  readonly epochsDone: number;
  /** Optimizer steps that an earlier process has done of this run, those of whole epochs included. */
  readonly stepsDone: number;
  /** Whether the run is complete: no step is made, and it is given back as it ended. */
  readonly complete: boolean;
  /** The training images. */
  readonly dataset: ImageDataset;
  /** The random changes to them; absent where there are none. */
  readonly augment?: Augmentation;
  /** What a run folder's `config.json` says, whether there is a folder or not. */
  readonly config: RunDescription;
  /** The run folder; absent where there is none. */
  readonly run?: string;
}

/** What a training has ended with. */
export interface TrainEnd {
  readonly status: Extract<RunRecord['status'], 'finished' | 'stopped-early'>;
  /** Figures on the test images; absent where there are none. */
  readonly test?: TestRecord;
  /** What is kept of the test images beside them; absent too of a complete run that did not note them. */
  readonly details?: TestDetails;
}

/** What is known after a step. */
export interface StepInfo {
  /** From 1. */
  readonly epoch: number;
  /** Steps done in this epoch. */
  readonly step: number;
  readonly learningRate: number;
  /** Of this step alone. */
  readonly stepLoss: number;
  /** Mean over the epoch so far. */
  readonly loss: number;
  /** Over the epoch so far, from 0 to 1. */
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

/** `'stop'` ends the training in good order; nothing (undefined) lets it go on. */
export type Verdict = 'stop' | void;

/** Is told of a training's course. Each method is optional; an error thrown in one ends the training. */
export interface Callback {
  /** Before the first step; of a resumed run, before the first that is left. */
  onTrainBegin?(info: TrainInfo): void | Promise<void>;
  /**
   * A step is done, and the next one under way. `'stop'` ends the epoch after that next one: it is evaluated as every
   * epoch, and the training ends with it as one that early stopping ends.
   */
  onStepEnd?(info: StepInfo): Verdict | Promise<Verdict>;
  /** The mean figures of some steps, as the run's log has them; see `logEverySteps`. */
  onStepRecord?(record: StepRecord): void | Promise<void>;
  /** A task beside the steps goes on. */
  onProgress?(info: ProgressInfo): void | Promise<void>;
  /**
   * The model holds the weights as they were evaluated: with `ema` or, once it has looked back, `lookahead`, the averaged or slow
   * ones, after which the trained ones come back. Without, the training goes on from, and ends with, what is made of them here; `bestWeights` are as
   * they were evaluated. `'stop'` ends the training with this epoch, as early stopping does.
   */
  onEpochEnd?(record: EpochRecord, model: LayersModel): Verdict | Promise<Verdict>;
  /** The training is complete; the model holds its final weights. */
  onTrainEnd?(model: LayersModel, end: TrainEnd): void | Promise<void>;
  /** The training ends with this error: divergence, an abort, or any other. */
  onError?(error: unknown): void | Promise<void>;
}

type Handlers = { [K in keyof Required<Callback>]: Parameters<Required<Callback>[K]> };

/** Each method, and whether the training listens to what it returns. */
const listens: Readonly<Record<keyof Callback, boolean>> = {
  onTrainBegin: false,
  onStepEnd: true,
  onStepRecord: false,
  onProgress: false,
  onEpochEnd: true,
  onTrainEnd: false,
  onError: false,
};

/** What `callbacks` takes of each; a misspelt method would never be called. */
export const callback = custom<Callback>(
  `an object whose methods are any of ${Object.keys(listens).join(', ')}`,
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const methods = Object.keys(listens).map((name) => (value as Record<string, unknown>)[name]);
    return (
      methods.every((method) => method === undefined || typeof method === 'function') &&
      Object.keys(value).every((key) => !/^on[A-Z]/i.test(key) || key in listens)
    );
  },
);

/**
 * Calls one method of all callbacks, one after the other.
 *
 * @returns whether one of them said that the training is to stop
 * @throws what one of them throws; TypeError for a result that is none
 */
export async function notify<K extends keyof Handlers>(
  callbacks: readonly Callback[],
  method: K,
  ...args: Handlers[K]
): Promise<boolean> {
  let stop = false;
  for (const [i, each] of callbacks.entries()) {
    const handler = each[method] as ((...a: Handlers[K]) => unknown) | undefined;
    const result = await handler?.apply(each, args);
    if (listens[method]) stop = saysStop(result, `callbacks[${i}].${method}`) || stop;
    else if (result === 'stop') {
      throw new TypeError(
        `callbacks[${i}].${method}: got the result 'stop', takes it from onStepEnd and onEpochEnd alone`,
      );
    }
  }
  return stop;
}

function saysStop(result: unknown, argument: string): boolean {
  if (result === undefined || result === 'stop') return result === 'stop';
  throw new TypeError(
    `${argument}: got the result ${show(result)}, takes 'stop' or none (undefined)`,
  );
}
