import type { Random } from '@mnet/core/random';
import { type ChoiceAxis, fraction, type LineAxis } from '../space/axis.ts';
import { normalDensity, normalShare, truncatedNormal } from './normal.ts';

/** The kernels of a Parzen estimator along one axis: one for each observation, in their order, and the prior as the last. */
export interface Kernels {
  /** A place of kernel `i`. */
  draw(i: number, random: Random): number;
  /** The density of kernel `i` at a place; of a choice, the probability. */
  density(i: number, place: number): number;
}

/**
 * Normal distributions around the observations, cut off at the ends of the axis; the prior is as wide as the axis, around its
 * middle. Where values are counted, the density is the mean over the places that stand for the value.
 *
 * @param deviations of the observations' kernels
 */
export function lineKernels(
  axis: LineAxis,
  observed: readonly number[],
  deviations: readonly number[],
): Kernels {
  const kernels = [...observed, 0.5].map((mean, i) => {
    const deviation = deviations[i] ?? 1;
    return { mean, deviation, within: normalShare(-mean / deviation, (1 - mean) / deviation) };
  });
  const kernel = (i: number): (typeof kernels)[number] => kernels[i] as (typeof kernels)[number];
  const { cell } = axis;
  return {
    draw(i, random) {
      const { mean, deviation } = kernel(i);
      return axis.settle(truncatedNormal(random, mean, deviation));
    },
    density(i, place) {
      const { mean, deviation, within } = kernel(i);
      if (!cell) return normalDensity((place - mean) / deviation) / (deviation * within);
      const [from, to] = cell(place);
      const share = normalShare((from - mean) / deviation, (to - mean) / deviation);
      return share / ((to - from) * within);
    },
  };
}

/**
 * Of k kernels, the prior among them, and c values, each has 1/k for every value and 1 more for the one observed, divided by their
 * sum; the prior 1/c for each.
 */
export function choiceKernels(axis: ChoiceAxis, observed: readonly number[]): Kernels {
  const { size } = axis;
  const count = observed.length + 1;
  const total = 1 + size / count;
  return {
    draw(i, random) {
      const at = fraction(random);
      const place = observed[i];
      // With 1/total it is the observed value itself, else any of all.
      if (place !== undefined && at * total < 1) return place;
      return Math.floor(fraction(random) * size);
    },
    density(i, place) {
      const own = observed[i];
      return own === undefined ? 1 / size : (1 / count + (place === own ? 1 : 0)) / total;
    },
  };
}
