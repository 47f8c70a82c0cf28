import type { ReliabilityBin } from '../evaluation/calibration.ts';
import { perClassAccuracy } from '../evaluation/confusion.ts';
import type { Evaluation } from '../evaluation/evaluate.ts';
import type { Misclassified } from '../evaluation/mistakes.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Environment } from './environment.ts';
import type { StoredPicture } from './stored-picture.ts';

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
  /** Seconds of evaluating the validation images; absent where `validationLoss` is. */
  readonly validationSeconds?: number;
  readonly imagesPerSecond: number;
}

/** Some steps of a training, as they are logged: the mean of those since the record before. */
export interface StepRecord {
  /** From 1, counted from the start of the training: the last of them. */
  readonly step: number;
  /** From 1: the epoch of that step. */
  readonly epoch: number;
  /** The rate at that step. */
  readonly learningRate: number;
  /** Mean training loss, as the weights were at each step. */
  readonly loss: number;
  /** Mean training accuracy, from 0 to 1, over the augmented images. */
  readonly accuracy: number;
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
  /** Expected calibration error, from 0 to 1, as `evaluate` has it; absent of runs that did not note it. */
  readonly ece?: number;
  readonly count: number;
  /** From 0 to 1 for each class; null for a class without test images. */
  readonly perClassAccuracy: readonly (number | null)[];
}

/** What a run keeps of its test images beside the figures: the content of `test.json`. */
export interface TestDetails {
  /** Counts by [label][prediction]. */
  readonly confusion: readonly (readonly number[])[];
  /** Bins of confidence, from low to high: a reliability diagram. */
  readonly reliability: readonly ReliabilityBin[];
  /** Images that were taken for another class, those of the highest confidence first; some, not all. */
  readonly mistakes: readonly Mistake[];
}

/** A test image that was taken for another class. */
export interface Mistake extends Misclassified {
  /** The image, as large as the data's or smaller. */
  readonly picture: StoredPicture;
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
  /** In their order; absent where no folder was written, or a run did not note them. */
  readonly steps?: readonly StepRecord[];
  /** The best epoch by what `bestWeights` of the options chooses by, else by validation accuracy; without validation the last. */
  readonly best?: EpochRecord;
  readonly test?: TestRecord;
  /** Absent of runs that did not note them. */
  readonly details?: TestDetails;
  /** Seconds of training, over all epochs and resumptions. */
  readonly seconds: number;
  /** Why a run ended that is not complete. */
  readonly error?: string;
  /** Rows of a closing table, such as a distillation's teacher and student. */
  readonly summary?: readonly Readonly<Record<string, JsonValue>>[];
}

/** The figures of an evaluation that a run keeps of its test images. */
export function testRecord(evaluation: Evaluation): TestRecord {
  const { loss, accuracy, top5, ece, count, confusion } = evaluation;
  return {
    loss,
    accuracy,
    ...(top5 === undefined ? {} : { top5 }),
    ece,
    count,
    perClassAccuracy: perClassAccuracy(confusion),
  };
}
