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
  const means = [...observed, 0.5];
  const widths = [...deviations, 1];
  const shares = means.map((mean, i) => {
    const width = widths[i] as number;
    return normalShare(-mean / width, (1 - mean) / width);
  });
  const { cell } = axis;
  return {
    draw: (i, random) =>
      axis.settle(truncatedNormal(random, means[i] as number, widths[i] as number)),
    density(i, place) {
      const [mean, width, within] = [means[i] as number, widths[i] as number, shares[i] as number];
      if (!cell) return normalDensity((place - mean) / width) / (width * within);
      const [from, to] = cell(place);
      const share = normalShare((from - mean) / width, (to - mean) / width);
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
