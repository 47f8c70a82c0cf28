import { assertImageDataset } from '@mnet/data';
import { type Objective, openRun, train, type TrainingData, type TrainResult } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { show } from '@mnet/core/check';
import { resolve } from '@mnet/core/options';
import { comparedOn } from './compared.ts';
import { distillationObjective } from './objective.ts';
import {
  type DistillationSettings,
  type DistillerOptions,
  distillersOwn,
  type FitOptions,
  fitOptions,
  resolveSettings,
} from './options.ts';
import { tapSides } from './sides.ts';
import { type SummaryRow, summaryRows } from './summary.ts';
import { checkStored } from './teachers/check-stored.ts';
import { checkTeacherInput } from './teachers/input-shape.ts';

/** What a distillation gives. */
export interface DistillResult extends TrainResult {
  /** One row for the teacher, one for the student. */
  readonly summary: readonly SummaryRow[];
}

const hasObjective =
  'got it in a distillation, which has an objective of its own; takes losses in the constructor instead';

/** Why an option of `train` is not taken, and what to do. */
const refusals: Readonly<Record<(typeof distillersOwn)[number], string>> = {
  objective: hasObjective,
  loss: hasObjective,
  labelSmoothing: "it is the Distiller's own, takes it in its constructor",
  classWeights:
    'got it in a distillation, whose cross-entropy counts all classes the same; leave it out',
};

/**
 * Trains a student to give what a teacher gives:
 *
 *     L = α · Σ wᵢ · lossᵢ(teacher, student) + (1 − α) · CE(labels, student)
 *
 * It adds an objective to the training loop of `@mnet/train`, and all of its options.
 */
export class Distiller {
  readonly #settings: DistillationSettings;

  /** @throws if an option is unknown or out of range, or the teacher does not fit the student. */
  constructor(student: LayersModel, options: DistillerOptions) {
    this.#settings = resolveSettings(student, options);
  }

  /** The objective, for use with `train` directly. One training at a time. */
  objective(): Objective {
    return distillationObjective(this.#settings);
  }

  /**
   * Throws what {@link fit} would throw before it trains or writes anything, as far as it is of the distillation: of the
   * Distiller's own options among the training's, images that do not fit the teacher, and losses that refuse both networks.
   */
  check(data: TrainingData, options: FitOptions): void {
    if (typeof options !== 'object' || options === null) {
      throw new TypeError(`options: got ${show(options)}, takes those of train, { epochs, … }`);
    }
    for (const key of distillersOwn) {
      if (key in options) throw new TypeError(`${key}: ${refusals[key]}`);
    }
    resolve(fitOptions, { evaluateTeacher: options.evaluateTeacher }, 'fit options');
    if (data?.train === undefined) return; // `train` says what data is.
    const { teacher } = this.#settings;
    assertImageDataset(data.train, 'data.train');
    checkTeacherInput(teacher, data.train.shape, 'data.train has');
    checkStored(teacher, data.train, options.augment);
    tapSides(this.#settings, data.train.length);
  }

  /**
   * Trains the student, in place.
   *
   * @throws what {@link check} and `train` throw.
   */
  async fit(data: TrainingData, options: FitOptions): Promise<DistillResult> {
    this.check(data, options);
    const { evaluateTeacher = fitOptions.fields.evaluateTeacher.fallback, ...rest } = options;
    const { student } = this.#settings;
    const result = await train(student, data, { ...rest, objective: this.objective() });
    if (result.record.summary) {
      // A run that was complete already has it.
      return { ...result, summary: result.record.summary as unknown as SummaryRow[] };
    }
    const compared = evaluateTeacher ? await comparedOn(this.#settings, data, rest) : {};
    const bestWeights = (rest.bestWeights ?? false) !== false;
    const summary = summaryRows(this.#settings, result, compared, bestWeights);
    if (result.run === undefined) {
      return { ...result, summary, record: { ...result.record, summary } };
    }
    const run = await openRun(result.run);
    try {
      run.log({ event: 'summary', rows: summary });
      return { ...result, summary, record: run.record() };
    } finally {
      run.close();
    }
  }
}
