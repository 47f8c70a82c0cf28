import { assertImageDataset } from '@mnet/data';
import { countParameters } from '@mnet/layers';
import {
  evaluateLogits,
  type Objective,
  openRun,
  train,
  type TrainingData,
  type TrainResult,
} from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { resolve } from '@mnet/core/options';
import { distillationObjective } from './objective.ts';
import {
  type DistillationSettings,
  type DistillerOptions,
  distillerOptions,
  distillersOwn,
  type FitOptions,
  fitOptions,
  resolveSettings,
} from './options.ts';
import { tapSides } from './sides.ts';
import { checkStored } from './teachers/check-stored.ts';
import { checkTeacherInput } from './teachers/input-shape.ts';
import type { Teacher } from './teachers/teacher.ts';

/** A row of the closing table, for `console.table`. Accuracies are from 0 to 1. */
export type SummaryRow = {
  readonly network: string;
  readonly role: 'teacher' | 'student';
  /** Values that training changes by gradients, frozen or not, without moving statistics; absent for stored logits. */
  readonly parameters?: number;
  readonly validationAccuracy?: number;
  readonly testAccuracy?: number;
  /** Of training. */
  readonly seconds?: number;
};

/** What a distillation gives. */
export interface DistillResult extends TrainResult {
  /** One row for the teacher, one for the student. */
  readonly summary: readonly SummaryRow[];
}

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
   * Trains the student, in place.
   *
   * @throws what `train` throws.
   */
  async fit(data: TrainingData, options: FitOptions): Promise<DistillResult> {
    const { evaluateTeacher: asked, ...rest } = options;
    const { evaluateTeacher } = resolve(fitOptions, { evaluateTeacher: asked }, 'fit options');
    for (const key of distillersOwn) {
      if (key in rest) {
        const own = (distillerOptions.keys as readonly string[]).includes(key);
        throw new TypeError(
          own
            ? `${key}: it is the Distiller's own, takes it in its constructor`
            : `${key}: got it in a distillation, which has an objective of its own; takes losses in the constructor instead`,
        );
      }
    }
    const { student, teacher } = this.#settings;
    if (data?.train !== undefined) {
      assertImageDataset(data.train, 'data.train');
      checkTeacherInput(teacher, data.train.shape, 'data.train has');
      checkStored(teacher, data.train, options.augment);
      tapSides(this.#settings, data.train.length);
    }
    const result = await train(student, data, { ...rest, objective: this.objective() });
    if (result.record.summary) {
      // A run that was complete already has it.
      return { ...result, summary: result.record.summary as unknown as SummaryRow[] };
    }
    const summary = [
      await teacherRow(teacher, evaluateTeacher ? data : undefined, rest),
      studentRow(student, result, (rest.bestWeights ?? false) !== false),
    ];
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

async function teacherRow(
  teacher: Teacher,
  data: TrainingData | undefined,
  { evaluationBatchSize: batchSize, signal, callbacks = [] }: FitOptions,
): Promise<SummaryRow> {
  const accuracy = async (dataset: TrainingData['test']): Promise<number | undefined> => {
    // Stored logits know nothing of other images.
    if (!dataset || dataset.length === 0 || teacher.dataset !== undefined) return undefined;
    const prepared = teacher.prepare([]);
    const evaluation = await evaluateLogits(
      (images) =>
        prepared.forward({ images, indices: Int32Array.of(), mirrored: Uint8Array.of() }).logits,
      dataset,
      {
        ...(batchSize === undefined ? {} : { batchSize }),
        ...(signal ? { signal } : {}),
        onProgress: async (done, total) => {
          for (const callback of callbacks) {
            await callback.onProgress?.({ task: `teacher on ${dataset.name}`, done, total });
          }
        },
      },
    );
    return evaluation.accuracy;
  };
  const { name: network, parameters } = teacher;
  const validation = await accuracy(data?.validation);
  const test = await accuracy(data?.test);
  return row({ network, role: 'teacher', parameters, validation, test });
}

/** Figures of the weights that the student has at the end. */
function studentRow(student: LayersModel, result: TrainResult, bestWeights: boolean): SummaryRow {
  const final = bestWeights ? result.best : result.history.at(-1);
  return row({
    network: student.name,
    role: 'student',
    parameters: countParameters(student).trained,
    validation: final?.validationAccuracy,
    test: result.test?.accuracy,
    seconds: result.seconds,
  });
}

/** A row without the figures that are not known. */
function row(figures: {
  network: string;
  role: SummaryRow['role'];
  parameters: number | undefined;
  validation: number | undefined;
  test: number | undefined;
  seconds?: number;
}): SummaryRow {
  const { network, role, parameters, validation, test, seconds } = figures;
  return {
    network,
    role,
    ...(parameters === undefined ? {} : { parameters }),
    ...(validation === undefined ? {} : { validationAccuracy: validation }),
    ...(test === undefined ? {} : { testAccuracy: test }),
    ...(seconds === undefined ? {} : { seconds: Number(seconds.toFixed(1)) }),
  };
}
