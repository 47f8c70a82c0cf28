import { perClassAccuracy } from '../evaluation/confusion.ts';
import type { Evaluation } from '../evaluation/evaluate.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Environment } from './environment.ts';

/** One epoch of a training, as it is logged. Losses are means over images. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Optimizer steps made since the start of the training; fewer than whole epochs have where a callback stopped it. */
  readonly step: number;
  /** The rate at the epoch's last step. */
  readonly learningRate: number;
  /** Mean training loss over the epoch, as the weights were at each step. */
  readonly trainLoss: number;
  /** From 0 to 1, over the augmented images as the weights were at each step. */
  readonly trainAccuracy: number;
  /** Cross-entropy on the validation images; absent where there are none or it was not this epoch's turn. */
  readonly validationLoss?: number;
  /** From 0 to 1. */
  readonly validationAccuracy?: number;
  /** The parts of the loss by name, such as `kd` and `crossEntropy`; absent where it has one part. */
  readonly terms?: Readonly<Record<string, number>>;
  /** Seconds of training, without evaluation. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

/** The network of a run. */
export interface ModelInfo {
  readonly name: string;
  /** What `createModel` of `@mnet/models` noted, such as the network's name and its options; absent of others. */
  readonly made?: JsonObject;
  /** Values that this training changes by gradients: without those that were frozen. */
  readonly trainableParameters: number;
  /** All others: moving statistics, and what was frozen. */
  readonly nonTrainableParameters: number;
  /** Each layer's class and a digest of its settings, in order; absent where no folder was written. */
  readonly layers?: readonly string[];
  /** A digest of all layers' settings and of what each is connected to; absent where no folder was written. */
  readonly topology?: string;
}

/** The data of a run; counts are images. */
export interface DatasetInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly classes: readonly string[];
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** `fingerprint` of `@mnet/data` of each part; absent where no folder was written. */
  readonly fingerprints?: Readonly<Record<string, string>>;
}

/** Final figures on the test images. */
export interface TestRecord {
  readonly loss: number;
  /** From 0 to 1. */
  readonly accuracy: number;
  /** From 0 to 1; absent with five classes or fewer. */
  readonly top5?: number;
  readonly count: number;
  /** From 0 to 1 for each class; null for a class without test images. */
  readonly perClassAccuracy: readonly (number | null)[];
}

/** What is known when a run starts: the content of `config.json`. */
export interface RunConfig {
  /** Version of the folder's layout. */
  readonly format: 2;
  /** Drawn when the run starts; its log and checkpoint carry it too. Absent where no folder was written. */
  readonly id?: string;
  readonly name: string;
  /** When the run was made, ISO 8601. */
  readonly date: string;
  /** The command line; absent in browsers. */
  readonly command?: readonly string[];
  readonly model: ModelInfo;
  readonly dataset: DatasetInfo;
  /** The training's options, every default filled in. */
  readonly options: JsonObject;
  /** What was minimised: `{name: 'crossEntropy', …}`, or a distillation's teacher, losses and weights. */
  readonly objective: JsonObject;
  readonly environment: Environment;
}

/** A {@link RunConfig} without what its folder adds. */
export type RunDescription = Omit<RunConfig, 'format' | 'id' | 'name'>;

/** Everything a report needs of a run. */
export interface RunRecord extends RunConfig {
  /**
   * `running` also stands for a run whose process was killed; `stopped` for one that was aborted, `diverged` for
   * one that met NaN or infinity; `finished` and `stopped-early` (by early stopping or a callback) are complete.
   */
  readonly status: 'running' | 'finished' | 'stopped-early' | 'stopped' | 'diverged';
  readonly epochs: readonly EpochRecord[];
  /** The best epoch by what `bestWeights` of the options chooses by, else by validation accuracy; without validation the last. */
  readonly best?: EpochRecord;
  readonly test?: TestRecord;
  /** Seconds of training, over all epochs and resumptions. */
  readonly seconds: number;
  /** Why a run ended that is not complete. */
  readonly error?: string;
  /** Rows of a closing table, such as a distillation's teacher and student. */
  readonly summary?: readonly Readonly<Record<string, JsonValue>>[];
}

/** The figures of an evaluation that a run keeps of its test images. */
export function testRecord(evaluation: Evaluation): TestRecord {
  const { loss, accuracy, top5, count, confusion } = evaluation;
  return {
    loss,
    accuracy,
    ...(top5 === undefined ? {} : { top5 }),
    count,
    perClassAccuracy: perClassAccuracy(confusion),
  };
}
