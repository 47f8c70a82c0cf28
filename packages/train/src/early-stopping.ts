import { knownOptions, numberIn, oneOf, integerFrom } from '@mnet/core/check';
import type { EpochRecord } from './runs/run-record.ts';

/** When to stop before the last epoch. */
export interface EarlyStoppingOptions {
  /** What must improve; default `validationAccuracy`. */
  metric?: 'validationAccuracy' | 'validationLoss' | 'trainLoss';
  /** The training stops after so many evaluations in a row without an improvement. */
  patience: number;
  /** A smaller change is no improvement; default 0. */
  minDelta?: number;
}

/** Checks the settings and fills in the defaults. */
export function resolveEarlyStopping(
  options: EarlyStoppingOptions,
): Required<EarlyStoppingOptions> {
  knownOptions(options, ['metric', 'patience', 'minDelta'], 'earlyStopping');
  const { metric = 'validationAccuracy', patience, minDelta = 0 } = options;
  oneOf(metric, ['validationAccuracy', 'validationLoss', 'trainLoss'], 'earlyStopping.metric');
  integerFrom(patience, 1, 'earlyStopping.patience');
  numberIn(minDelta, 0, Number.MAX_VALUE, 'earlyStopping.minDelta');
  return { metric, patience, minDelta };
}

/** Whether the history so far says to stop. Only the history decides, so a resumed run decides the same. */
export function shouldStop(
  history: readonly EpochRecord[],
  { metric, patience, minDelta }: Required<EarlyStoppingOptions>,
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
