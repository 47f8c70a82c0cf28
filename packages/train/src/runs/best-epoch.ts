import { boolean, choice, type Takes } from '@mnet/core/options';
import type { JsonValue } from '../json.ts';
import type { EpochRecord } from './run-record.ts';

/** By what {@link train} may choose its `bestWeights`. */
export const bestWeightsMetric = choice(['validationAccuracy', 'validationLoss']);

/** By which figure of its validation an epoch is the best. */
export type BestMetric = 'validationAccuracy' | 'validationLoss';

/** What {@link train} takes as `bestWeights`: true stands for `validationAccuracy`. */
export const bestWeightsTaken: Takes<boolean | BestMetric, false | BestMetric> = {
  text: `true, false, or ${bestWeightsMetric.text}`,
  check(value, argument) {
    if (typeof value === 'string') return bestWeightsMetric.check(value, argument);
    return boolean().check(value, argument) && 'validationAccuracy';
  },
};

/** As a run writes it down: the accuracy as `true`. */
export function bestWeightsConfig(bestWeights: false | BestMetric): boolean | BestMetric {
  return bestWeights === 'validationAccuracy' ? true : bestWeights;
}

/** What `bestWeights` of a run's options chooses by; those that keep no best weights name their best by the accuracy. */
export function bestMetric(bestWeights: JsonValue | undefined): BestMetric {
  return bestWeights === 'validationLoss' ? bestWeights : 'validationAccuracy';
}

/**
 * The epoch of the highest validation accuracy, or of the lowest validation loss, the first of equals; without validation
 * the last.
 */
export function bestEpoch(
  epochs: readonly EpochRecord[],
  metric: BestMetric,
): EpochRecord | undefined {
  const sign = metric === 'validationLoss' ? -1 : 1;
  let best: EpochRecord | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (const record of epochs) {
    const value = record[metric];
    if (value === undefined || sign * value <= highest) continue;
    best = record;
    highest = sign * value;
  }
  return best ?? epochs.at(-1);
}
