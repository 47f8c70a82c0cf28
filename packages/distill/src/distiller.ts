import { assertImageDataset } from '@mnet/data';
import { countParameters } from '@mnet/layers';
import {
  checkClassifier,
  evaluateLogits,
  type Objective,
  openRun,
  train,
  type TrainingData,
  type TrainOptions,
  type TrainResult,
} from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { knownOptions, numberIn, show } from '@mnet/core/check';
import type { DistillationLoss } from './losses/distillation-loss.ts';
import { hintonKd } from './losses/kd.ts';
import { distillationObjective, type DistillationSettings } from './objective.ts';
import { tapSides } from './sides.ts';
import { asTeacher } from './teachers/as-teacher.ts';
import { checkStored } from './teachers/check-stored.ts';
import { checkTeacherInput } from './teachers/input-shape.ts';
import type { Teacher } from './teachers/teacher.ts';

/** What a {@link Distiller} is made of. */
export interface DistillerOptions {
  /** A model with logits as its output, or any other Teacher; it is left as it is. */
  teacher: LayersModel | Teacher;
  /** What the student learns from it; default: `hintonKd({ temperature: 4 })`. */
  losses?: readonly DistillationLoss[];
  /** wᵢ, one for each loss; default 1 each. */
  weights?: readonly number[];
  /** α, the share of the teacher, from 0 to 1; default 0.5. */
  alpha?: number;
  /** Weight of the cross-entropy with the labels; default 1 − α. */
  studentLossWeight?: number;
  /** ε of that cross-entropy, from 0 to 1; default 0. */
  labelSmoothing?: number;
  /**
   * Asks the teacher once an image instead of at each step. That is possible without augmentation, and with
   * mirroring alone, where no loss needs the teacher's layers. Default `auto`: where it is possible and saves work.
   */
  cacheTeacher?: boolean | 'auto';
}

/** The training's options; the objective is the Distiller's own. */
export type FitOptions = Omit<TrainOptions, 'objective' | 'loss' | 'labelSmoothing'> & {
  /** Also evaluates the teacher, on the validation and the test images, at the end; default true. */
  evaluateTeacher?: boolean;
};

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
    this.#settings = resolve(student, options);
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
    const { evaluateTeacher = true, ...rest } = options;
    if (typeof evaluateTeacher !== 'boolean') {
      throw new TypeError(`evaluateTeacher: got ${show(evaluateTeacher)}, takes true or false`);
    }
    for (const key of ['objective', 'loss', 'labelSmoothing']) {
      if (key in rest) {
        throw new TypeError(`${key}: it is the Distiller's own, takes it in its constructor`);
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
      studentRow(student, result, rest.bestWeights === true),
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

const keys: readonly (keyof DistillerOptions)[] = [
  'teacher',
  'losses',
  'weights',
  'alpha',
  'studentLossWeight',
  'labelSmoothing',
  'cacheTeacher',
];

function resolve(student: LayersModel, options: DistillerOptions): DistillationSettings {
  const classes = checkClassifier(student, 'student');
  knownOptions(options, keys, 'options');
  if ((options.teacher as unknown) === student) {
    throw new Error('teacher: got the student itself, takes another model');
  }
  const teacher = asTeacher(options.teacher);
  if (teacher.classes !== classes) {
    throw new RangeError(
      `teacher: '${teacher.name}' has ${teacher.classes} classes, the student ${classes}; takes a teacher of the same classes`,
    );
  }
  checkTeacherInput(teacher, (student.inputs[0]?.shape ?? []).slice(1), 'the student of');
  const { losses = [hintonKd({ temperature: 4 })], alpha = 0.5, labelSmoothing = 0 } = options;
  if (
    !Array.isArray(losses) ||
    losses.length === 0 ||
    losses.some((loss) => typeof loss?.compute !== 'function')
  ) {
    throw new TypeError(
      `losses: got ${show(losses)}, takes at least one DistillationLoss, such as [hintonKd({ temperature: 4 })]`,
    );
  }
  const { weights = losses.map(() => 1) } = options;
  if (!Array.isArray(weights) || weights.length !== losses.length) {
    throw new RangeError(
      `weights: got ${show(weights)}, takes one for each of the ${losses.length} losses`,
    );
  }
  weights.forEach((weight, i) => numberIn(weight, 0, Number.MAX_VALUE, `weights[${i}]`));
  numberIn(alpha, 0, 1, 'alpha');
  const { studentLossWeight = 1 - alpha, cacheTeacher = 'auto' } = options;
  numberIn(studentLossWeight, 0, Number.MAX_VALUE, 'studentLossWeight');
  numberIn(labelSmoothing, 0, 1, 'labelSmoothing');
  if (typeof cacheTeacher !== 'boolean' && cacheTeacher !== 'auto') {
    throw new TypeError(`cacheTeacher: got ${show(cacheTeacher)}, takes true, false or 'auto'`);
  }
  return {
    student,
    teacher,
    losses,
    weights,
    alpha,
    studentLossWeight,
    labelSmoothing,
    cacheTeacher,
  };
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
