import { percent, shortPercent } from '@mnet/bench';
import type { EpochRecord } from '@mnet/train';
import type { Metric } from '../search/search.ts';

/** How a study's metric is named and written. */
export interface MetricWords {
  /** Such as `validation accuracy`. */
  readonly name: string;
  /** As tables have it. */
  readonly format: (value: number) => string;
  /** As axes have it; absent: three digits. */
  readonly short?: (value: number) => string;
  /** The sample standard deviation behind ±. */
  readonly spread: (value: number) => string;
}

/** The words of a metric. */
export function metricWords({ name }: Metric): MetricWords {
  if (name === 'validationLoss') {
    const format = (value: number): string => value.toFixed(4);
    return { name: 'validation loss', format, spread: format };
  }
  return {
    name: 'validation accuracy',
    format: percent,
    short: shortPercent,
    spread: (value) => (value * 100).toFixed(2),
  };
}

/** The metric of an epoch; undefined where it was not validated or is no number. */
export function valueAt(epoch: EpochRecord, { name }: Metric): number | undefined {
  const value = epoch[name];
  return Number.isFinite(value) ? value : undefined;
}

/** Whether the first is the better one. */
export function isBetter(a: number, b: number, { goal }: Metric): boolean {
  return goal === 'max' ? a > b : a < b;
}

/** A mean with its deviation where there are several: `81.20 ± 0.31%`. */
export function spreadText(
  { mean, std, n }: { readonly mean: number; readonly std: number; readonly n: number },
  { format, spread }: MetricWords,
): string {
  const text = format(mean);
  if (n < 2) return text;
  return text.endsWith('%') ? `${text.slice(0, -1)} ± ${spread(std)}%` : `${text} ± ${spread(std)}`;
}
