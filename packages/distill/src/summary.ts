import { countParameters } from '@mnet/layers';
import type { TrainResult } from '@mnet/train';
import type { ComparedSplits } from './compared.ts';
import type { DistillationSettings } from './options.ts';
import type { Teacher } from './teachers/teacher.ts';

/** A row of the closing table, for `console.table`. Shares are from 0 to 1. */
export type SummaryRow = {
  readonly network: string;
  /** `ensemble` is that of born-again students. */
  readonly role: 'teacher' | 'student' | 'ensemble';
  /** Values that training changes by gradients, frozen or not, without moving statistics; absent for stored logits. */
  readonly parameters?: number;
  readonly validationAccuracy?: number;
  readonly testAccuracy?: number;
  /**
   * Of a student, where its teacher was evaluated: the share of validation images whose highest logit is of the same class for
   * both.
   */
  readonly validationAgreement?: number;
  /** The same of the test images, by `testViews` where these are given. */
  readonly agreement?: number;
  /** Of training. */
  readonly seconds?: number;
};

/**
 * The teacher's row and the student's.
 *
 * @param result whose figures are of the weights that the student has at the end
 * @param bestWeights whether these are the best epoch's
 */
export function summaryRows(
  { student, teacher }: Pick<DistillationSettings, 'student' | 'teacher'>,
  result: TrainResult,
  compared: ComparedSplits,
  bestWeights: boolean,
): readonly [SummaryRow, SummaryRow] {
  const final = bestWeights ? result.best : result.history.at(-1);
  return [
    summaryRow('teacher', teacher, compared),
    {
      network: student.name,
      role: 'student',
      parameters: countParameters(student).trained,
      ...known('validationAccuracy', final?.validationAccuracy),
      ...known('testAccuracy', result.test?.accuracy),
      ...known('validationAgreement', compared.validation?.agreement),
      ...known('agreement', compared.test?.agreement),
      seconds: Number(result.seconds.toFixed(1)),
    },
  ];
}

/** The row of a teacher. */
export function summaryRow(
  role: SummaryRow['role'],
  { name, parameters }: Teacher,
  { validation, test }: ComparedSplits,
): SummaryRow {
  return {
    network: name,
    role,
    ...known('parameters', parameters),
    ...known('validationAccuracy', validation?.accuracy),
    ...known('testAccuracy', test?.accuracy),
  };
}

/** A figure, or nothing where there is none. */
function known(key: keyof SummaryRow, value: number | undefined): Partial<SummaryRow> {
  return value === undefined ? {} : { [key]: value };
}
