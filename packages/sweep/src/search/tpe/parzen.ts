import type { Random } from '@mnet/core/random';
import { type Axis, fraction } from '../space/axis.ts';
import type { Places } from '../space/space.ts';
import { jointDeviations, neighbourDeviations } from './deviations.ts';
import { choiceKernels, type Kernels, lineKernels } from './kernels.ts';

/** As many of the last observations weigh the same; earlier ones less. */
const full = 25;

/**
 * A density that is high where observations are: a mixture of a kernel around each and a prior over the whole range, so that
 * nothing is impossible. Of several axes a kernel is the product of one on each.
 */
export class ParzenEstimator {
  readonly #kernels: readonly Kernels[];
  /** Of the kernels; their sum is 1. */
  readonly #weights: readonly number[];

  /**
   * @param observed places on these axes, in the order of their trials
   * @param joint whether kernels are as wide as suits observations of all axes together
   */
  constructor(axes: readonly Axis[], observed: readonly Places[], joint: boolean) {
    this.#kernels = axes.map((axis, i) => {
      const places = observed.map((each) => each[i] as number);
      if (axis.kind === 'choice') return choiceKernels(axis, places);
      const deviations = joint ? jointDeviations(places, axes.length) : neighbourDeviations(places);
      return lineKernels(axis, places, deviations);
    });
    const weights = [...observationWeights(observed.length), 1];
    const sum = weights.reduce((total, each) => total + each, 0);
    this.#weights = weights.map((each) => each / sum);
  }

  draw(random: Random): number[] {
    const i = this.#pick(fraction(random));
    return this.#kernels.map((kernels) => kernels.draw(i, random));
  }

  density(places: Places): number {
    let sum = 0;
    this.#weights.forEach((weight, i) => {
      let product = weight;
      this.#kernels.forEach((kernels, axis) => {
        product *= kernels.density(i, places[axis] as number);
      });
      sum += product;
    });
    return sum;
  }

  /** The kernel at a share of all weights. */
  #pick(share: number): number {
    let left = share;
    const at = this.#weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return at < 0 ? this.#weights.length - 1 : at;
  }
}

/** 1 for the last 25 of n, and for those before from 1/n up to 1, the oldest the least. */
function observationWeights(n: number): number[] {
  const early = Math.max(n - full, 0);
  return Array.from({ length: n }, (_, i) => {
    if (i >= early) return 1;
    return early === 1 ? 1 / n : 1 / n + (1 - 1 / n) * (i / (early - 1));
  });
}
