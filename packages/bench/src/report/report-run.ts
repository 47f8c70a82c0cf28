import type { RunRecord } from '@mnet/train';

/** A run as a report shows it: its record, and what the record does not know. */
export interface ReportRun extends RunRecord {
  /** Multiply-adds of one prediction, as `modelCost(model).macs` of @mnet/models counts them. */
  readonly macs?: number;
  /** Its network's parameters, as `modelCost(model).params` counts them; absent: those that the record calls trainable. */
  readonly params?: number;
  /** Runs of one group differ by their seed alone and are shown together: means, and bands of their deviation. */
  readonly group?: string;
}
