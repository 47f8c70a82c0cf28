import type { Axis } from '@mnet/bench';
import type { Metric } from '../search/search.ts';
import { metricWords } from './metric.ts';

// Of a run that diverged a loss is thousands of times the others', which would all lie on one line.
const wide = 30;

/** The axis of a study's metric; of a loss that differs manifold, by its logarithm. */
export function metricAxis(metric: Metric, values: readonly number[]): Axis {
  const { name, short } = metricWords(metric);
  const finite = values.filter((value) => Number.isFinite(value));
  const low = finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = finite.reduce((a, b) => Math.max(a, b), 0);
  return {
    label: name,
    ...(short && { format: short }),
    log: metric.name === 'validationLoss' && low > 0 && high > wide * low,
  };
}
