import {
  choice,
  type Given,
  integer,
  number,
  optional,
  options,
  required,
  type Resolved,
} from '@mnet/core/options';
import type { EpochRecord } from './runs/run-record.ts';

/** What {@link train} takes as `earlyStopping`. */
export const earlyStoppingOptions = options({
  /** What must improve; default `validationAccuracy`. */
  metric: optional(
    choice(['validationAccuracy', 'validationLoss', 'trainLoss']),
    'validationAccuracy',
  ),
  /** The training stops after so many evaluations in a row without an improvement. */
  patience: required(integer({ min: 1 })),
  /** A smaller change is no improvement; default 0. */
  minDelta: optional(number({ min: 0 }), 0),
});

/** When to stop before the last epoch. */
export interface EarlyStoppingOptions extends Given<typeof earlyStoppingOptions> {}

/** Early stopping with every default filled in. */
export type EarlyStopping = Resolved<typeof earlyStoppingOptions>;

/** Whether the history so far says to stop. Only the history decides, so a resumed run decides the same. */
export function shouldStop(
  history: readonly EpochRecord[],
  { metric, patience, minDelta }: EarlyStopping,
): boolean {
  const sign = metric === 'validationAccuracy' ? 1 : -1;
  let best = Number.NEGATIVE_INFINITY;
  let waited = 0;
  for (const record of history) {
    const value = record[metric];
    if (value === undefined) continue;
    if (sign * value > best + minDelta) {
      best = sign * value;
      waited = 0;
    } else {
      waited += 1;
    }
  }
  return waited >= patience;
}
