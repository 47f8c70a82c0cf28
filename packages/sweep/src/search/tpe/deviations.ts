/**
 * Deviations of the kernels around observations on the axis from 0 to 1: the distance to the farther of the two neighbours, the
 * prior's middle among them and the ends of the axis not. Where observations are close, kernels are narrow.
 *
 * Source: Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization"
 */
export function neighbourDeviations(observed: readonly number[]): number[] {
  const sorted = [...observed, 0.5]
    .map((place, i) => ({ place, i }))
    .toSorted((a, b) => a.place - b.place || a.i - b.i);
  const deviations: number[] = [];
  sorted.forEach(({ place, i }, at) => {
    const below = sorted[at - 1]?.place ?? place;
    const above = sorted[at + 1]?.place ?? place;
    deviations[i] = Math.max(place - below, above - place);
  });
  return clipped(deviations.slice(0, observed.length));
}

/**
 * One deviation for all kernels: 0.2 · n^(−1/(d + 4)) of n observations on d axes, Scott's rule with an assumed spread of 0.2.
 *
 * Source: Watanabe 2023, "Tree-Structured Parzen Estimator", https://arxiv.org/abs/2304.11127
 */
export function jointDeviations(observed: readonly number[], axes: number): number[] {
  const deviation = 0.2 * Math.max(observed.length, 1) ** (-1 / (axes + 4));
  return clipped(observed.map(() => deviation));
}

/** At least 1/(n + 2), and 1/100 of many: Bergstra's "magic clip". At most the whole axis. */
function clipped(deviations: readonly number[]): number[] {
  const least = 1 / Math.min(100, deviations.length + 2);
  return deviations.map((each) => Math.min(Math.max(each, least), 1));
}
