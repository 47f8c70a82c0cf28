/** What a list of times says, in the unit of the times. */
export interface Summary {
  median: number;
  /** The 95th percentile. */
  p95: number;
  mean: number;
  /** Sample standard deviation (n − 1); 0 for a single time. */
  std: number;
  min: number;
}

/**
 * Median, 95th percentile, mean, standard deviation and minimum. Quantiles lie between two times by linear interpolation
 * (method 7 of Hyndman and Fan 1996, "Sample Quantiles in Statistical Packages"; numpy's default).
 *
 * @throws if there is no time, or one is not a finite number.
 */
export function summarize(times: readonly number[]): Summary {
  if (times.length === 0) throw new RangeError('times: got none, takes at least one');
  const wrong = times.find((t) => !Number.isFinite(t));
  if (wrong !== undefined) throw new RangeError(`times: got ${wrong}, takes finite numbers`);
  const sorted = times.toSorted((a, b) => a - b);
  const mean = times.reduce((sum, t) => sum + t, 0) / times.length;
  const squares = times.reduce((sum, t) => sum + (t - mean) ** 2, 0);
  return {
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    mean,
    std: times.length > 1 ? Math.sqrt(squares / (times.length - 1)) : 0,
    min: sorted[0] as number,
  };
}

/** The middle of at least one number; between the two in the middle of an even count. */
export function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

function quantile(sorted: readonly number[], q: number): number {
  const place = (sorted.length - 1) * q;
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}
