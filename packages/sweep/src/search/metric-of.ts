import { integerFrom, show } from '@mnet/core/check';
import type { EpochRecord, RunRecord } from '@mnet/train';
import { isComplete } from '../run/record-in.ts';
import type { Metric } from './search.ts';

/**
 * The metric of a run when an epoch was done: of the last epoch up to it that was validated.
 *
 * @param epoch from 1; where the run was complete before, as by early stopping, it counts as it ended
 * @returns undefined where the run has not come so far, or nothing was validated until then
 */
export function metricAt(record: RunRecord, metric: Metric, epoch: number): number | undefined {
  integerFrom(epoch, 1, 'epoch');
  const reached = isComplete(record) || record.epochs.some((each) => each.epoch >= epoch);
  if (!reached) return undefined;
  return lastOf(
    record.epochs.filter((each) => each.epoch <= epoch),
    metric,
  );
}

/**
 * The metric of the weights that a run has kept: of the best epoch where it keeps that (`bestWeights`), else of the last that was
 * validated.
 *
 * @returns undefined where nothing was validated, and of a run that diverged
 */
export function metricKept(record: RunRecord, metric: Metric): number | undefined {
  if (record.status === 'diverged') return undefined;
  if (record.options.bestWeights) return record.best?.[metric.name];
  return lastOf(record.epochs, metric);
}

/**
 * Of a trial that went well and has no metric: as a failed one it would count as the worst, as all others would, and the search
 * would end without a choice.
 *
 * @param untilEpoch where it was paused
 */
export function noMetric(id: string, { name }: Metric, untilEpoch?: number): Error {
  const has = `${id}: its run has no ${show(name)}`;
  return new Error(
    untilEpoch === undefined
      ? `${has}; a search takes runs with validation images`
      : `${has} up to epoch ${untilEpoch}, where trials are compared; takes runs with validation images that are validated by then: a smaller evaluateEvery, or a larger minEpochs`,
  );
}

function lastOf(epochs: readonly EpochRecord[], { name }: Metric): number | undefined {
  return epochs.findLast((each) => each[name] !== undefined)?.[name];
}
