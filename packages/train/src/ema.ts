import {
  boolean,
  type Given,
  number,
  optional,
  options,
  required,
  type Resolved,
} from '@mnet/core/options';
import { emaStep } from '@mnet/ops';
import type { Variable } from '@tensorflow/tfjs-core';
import { WeightCopies } from './weight-copies.ts';

/** What {@link train} takes as `ema`. */
export const emaOptions = options({
  /** d, from 0 to 1; 0.999 averages over about the last 1,000 updates. */
  decay: required(number({ min: 0, max: 1 })),
  /** Uses min(d, (1 + t) / (10 + t)) at update t, so that the start is forgotten sooner. Default true. */
  warmup: optional(boolean(), true),
});

/** Settings of the moving average of the weights. */
export interface EmaOptions extends Given<typeof emaOptions> {}

type EmaSettings = Resolved<typeof emaOptions>;

/**
 * Exponential moving average of all of a model's weights, BatchNorm's statistics included:
 *
 *     a ← d·a + (1 − d)·w
 *
 * Source: Polyak and Juditsky 1992; the warm-up is that of TensorFlow's ExponentialMovingAverage.
 */
export class Ema extends WeightCopies {
  readonly #settings: EmaSettings;

  constructor(weights: readonly Variable[], settings: EmaSettings) {
    super(weights, 'ema');
    this.#settings = settings;
  }

  /** @param t which update this is, from 1 */
  update(t: number): void {
    const { decay, warmup } = this.#settings;
    const d = warmup ? Math.min(decay, (1 + t) / (10 + t)) : decay;
    emaStep(this.copies, this.weights, d);
  }
}
