/**
 * √n times the largest distance between the distribution of values and another: above 1.63 in one of a hundred samples of
 * that distribution, above 1.95 in one of a thousand.
 */
export function kolmogorovSmirnov(
  values: readonly number[],
  distribution: (x: number) => number,
): number {
  const n = values.length;
  const distances = values
    .toSorted((a, b) => a - b)
    .map((x, i) => {
      const expected = distribution(x);
      return Math.max((i + 1) / n - expected, expected - i / n);
    });
  return Math.sqrt(n) * Math.max(...distances);
}

/** Σ (observed − expected)² / expected, and how far that lies from its mean, in its deviations: above 4 of hardly any sample. */
export function chiSquareDeviations(
  counts: readonly number[],
  expected: readonly number[],
): number {
  const sum = counts.reduce(
    (total, count, i) => total + (count - (expected[i] as number)) ** 2 / (expected[i] as number),
    0,
  );
  const degrees = counts.length - 1;
  return (sum - degrees) / Math.sqrt(2 * degrees);
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}
