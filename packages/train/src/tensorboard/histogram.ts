/** Counts of values by their size. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  /** The sum of the squares. */
  readonly squares: number;
  /** The upper end of each bucket, inclusive in the last one; a bucket begins where the one before ends. */
  readonly limits: readonly number[];
  readonly counts: readonly number[];
}

const BUCKETS = 30;

/**
 * Counts values in 30 buckets of equal width between the smallest and the largest, as `tf.summary.histogram` does; values
 * that are all equal are in one bucket.
 *
 * @param values finite, at least one
 */
export function histogramOf(values: Float32Array): Histogram {
  let [min, max, sum, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    squares += value * value;
  }
  const figures = { min, max, count: values.length, sum, squares };
  if (min === max) return { ...figures, limits: [max], counts: [values.length] };
  const width = (max - min) / BUCKETS;
  const counts = Array<number>(BUCKETS).fill(0);
  for (const value of values) {
    const bucket = Math.min(Math.floor((value - min) / width), BUCKETS - 1);
    counts[bucket] = (counts[bucket] as number) + 1;
  }
  const limits = counts.map((_, i) => (i === BUCKETS - 1 ? max : min + width * (i + 1)));
  return { ...figures, limits, counts };
}
