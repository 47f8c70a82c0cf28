import { type Given, integer, number, optional, options, type Resolved } from '@mnet/core/options';
import { lookaheadStep } from '@mnet/ops';
import type { Variable } from '@tensorflow/tfjs-core';
import { WeightCopies } from './weight-copies.ts';

/** What {@link train} takes as `lookahead`. */
export const lookaheadOptions = options({
  /** Updates from one look back to the next, at most the training's; default 5. */
  every: optional(integer({ min: 1 }), 5),
  /** d, the share of the slow weights that stays, from 0 to 1; default 0.5. */
  decay: optional(number({ min: 0, max: 1 }), 0.5),
  /** p, from 0: once the share t of all steps is made, d · tᵖ stays, so that the fast weights run free at first. Default 0. */
  power: optional(number({ min: 0 }), 0),
});

/** Settings of the slow weights that the trained ones are set back to. */
export interface LookaheadOptions extends Given<typeof lookaheadOptions> {}

type LookaheadSettings = Resolved<typeof lookaheadOptions>;

/**
 * Slow copies s of all of a model's weights w, BatchNorm's statistics included. After every so many updates, when the share
 * t of the training's steps is made:
 *
 *     s ← d·tᵖ·s + (1 − d·tᵖ)·w;   w ← s
 *
 * Source: Zhang et al. 2019, "Lookahead Optimizer", algorithm 1, https://arxiv.org/abs/1907.08610; the power is that of Jordan
 * 2024, section 3.4, https://arxiv.org/abs/2404.00498
 */
export class Lookahead extends WeightCopies {
  readonly #settings: LookaheadSettings;

  constructor(weights: readonly Variable[], settings: LookaheadSettings) {
    super(weights, 'lookahead');
    this.#settings = settings;
  }

  /**
   * @param updates how many are made
   * @param share of the training's steps that are made, from 0 to 1
   */
  update(updates: number, share: number): void {
    const { every, decay, power } = this.#settings;
    if (updates % every !== 0) return;
    lookaheadStep(this.copies, this.weights, decay * share ** power);
  }

  /**
   * Whether the weights were set back at least once: before, the slow ones are those that the training began with.
   *
   * @param updates how many are made
   */
  hasLookedBack(updates: number): boolean {
    return updates >= this.#settings.every;
  }
}
