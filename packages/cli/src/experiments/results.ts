import { summarize } from '@mnet/bench';
import type { RunRecord } from '@mnet/train';
import { type Job, namesOf, type NamedTraining } from './jobs.ts';

/** What others report of an arm. */
export interface Published {
  /** The arm's name. */
  readonly arm: string;
  /** Of its width multiplier; absent: whatever it is. */
  readonly width?: number;
  /** On the test images, from 0 to 1. */
  readonly testAccuracy: number;
}

/** The figures of one training, as `results.json` holds them. Accuracies are from 0 to 1. */
export interface ArmResult extends NamedTraining {
  readonly network: string;
  /** The data set's name. */
  readonly dataset: string;
  /** Values that training changes by gradients, frozen ones included. */
  readonly parameters: number;
  /** Multiply-adds of one prediction. */
  readonly macs: number;
  readonly status: RunRecord['status'];
  /** A part of one is a part: where steps, not epochs, were given, or something stopped it. */
  readonly epochs: number;
  readonly testAccuracy?: number;
  /** Of the best epoch. */
  readonly validationAccuracy?: number;
  /** Of training an epoch, without evaluation. */
  readonly secondsPerEpoch: number;
  /** Of evaluating the validation images once; absent where no epoch did. */
  readonly validationSeconds?: number;
  /** Of a distillation, where its teacher was evaluated: the teacher's on the test images. */
  readonly teacherAccuracy?: number;
  /** The share of test images that student and teacher take for the same class. */
  readonly agreement?: number;
  /** What the experiment itself has measured, by name: a number, or why there is none. */
  readonly measured?: Readonly<Record<string, number | string>>;
}

/** What `results.json` holds. */
export interface Results {
  readonly experiment: string;
  /** When it was begun, ISO 8601. */
  readonly started: string;
  /** Where it replaces another one: runs in its folder from before this (ISO 8601) belong to that. */
  readonly replaces?: string;
  /** The name of the data set; an arm may have another one. */
  readonly dataset: string;
  readonly results: readonly ArmResult[];
  /** Trainings without a result: their loss became NaN or infinite, or they build on such a one. */
  readonly diverged?: readonly NamedTraining[];
  /** The arm that the others of its network are held against, where there is one. */
  readonly baseline?: string;
  /** Figures of others on this data; none where it is another one than theirs. */
  readonly published: readonly Published[];
}

/** @param cost what the network costs */
export function armResult(
  job: Job<never>,
  { model, dataset, status, epochs, test, best, seconds, summary }: RunRecord,
  cost: { readonly params: number; readonly macs: number },
): ArmResult {
  const trained = trainedEpochs(epochs);
  const validations = epochs.flatMap(({ validationSeconds }) => validationSeconds ?? []);
  return {
    ...namesOf(job),
    network: model.name,
    dataset: dataset.name,
    parameters: cost.params,
    macs: cost.macs,
    status,
    epochs: Number(trained.toFixed(2)),
    ...(test && { testAccuracy: test.accuracy }),
    ...(best?.validationAccuracy !== undefined && { validationAccuracy: best.validationAccuracy }),
    secondsPerEpoch: Number((seconds / Math.max(1, trained)).toFixed(2)),
    ...(validations.length > 0 && {
      validationSeconds: Number(summarize(validations).mean.toFixed(2)),
    }),
    ...distilled(summary),
  };
}

/** Epochs by their steps, of which the first one has as many as each whole one. */
function trainedEpochs(epochs: RunRecord['epochs']): number {
  const [first, last] = [epochs[0], epochs.at(-1)];
  return first === undefined || last === undefined ? 0 : last.step / first.step;
}

/** What others report of an arm at its width. */
export function publishedOf(
  result: Pick<ArmResult, 'arm' | 'width'>,
  published: readonly Published[],
): Published | undefined {
  return published.find(
    ({ arm, width }) => arm === result.arm && (width === undefined || width === result.width),
  );
}

/** Results of the same arm and width, which differ by their seed alone, together. */
export function resultGroups(
  results: readonly ArmResult[],
): (readonly [ArmResult, ...ArmResult[]])[] {
  const groups = new Map<string, [ArmResult, ...ArmResult[]]>();
  for (const result of results) {
    const key = `${result.arm} ${result.width}`;
    const group = groups.get(key);
    if (group) group.push(result);
    else groups.set(key, [result]);
  }
  return [...groups.values()];
}

/** What a distillation's closing table says of its teacher. */
function distilled(
  summary: RunRecord['summary'] = [],
): Pick<ArmResult, 'teacherAccuracy' | 'agreement'> {
  const of = (role: string, key: string): unknown =>
    summary.find((row) => row['role'] === role)?.[key];
  const [accuracy, agreement] = [of('teacher', 'testAccuracy'), of('student', 'agreement')];
  return {
    ...(typeof accuracy === 'number' && { teacherAccuracy: accuracy }),
    ...(typeof agreement === 'number' && { agreement }),
  };
}
