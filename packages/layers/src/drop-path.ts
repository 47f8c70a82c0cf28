import { integerFrom } from '@mnet/core/check';
import { number, optional, options } from '@mnet/core/options';
import { deriveSeed } from '@mnet/core/random';
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import type { CallOptions } from './base-layer.ts';
import { keepMask } from './keep-mask.ts';

/** Declares the option of blocks that have a shortcut. */
export const dropPathOptions = options({
  /**
   * Stochastic depth: share of the images, in [0, 1), for which a training step leaves the block's branch out, so that its
   * shortcut alone remains; the branch of the others is multiplied by 1 / (1 − share). Drawn for each image from the block's
   * seed and the step, as `SeededDropout` draws. No effect in inference. Default 0.
   *
   * Source: Huang et al. 2016, "Deep Networks with Stochastic Depth", section 3, https://arxiv.org/abs/1603.09382
   */
  dropPath: optional(number({ min: 0, max: 1 - Number.EPSILON }), 0),
});

/** Draws which images of a batch go through a block's branch. */
export class DropPath {
  readonly #rate: number;
  readonly #seed: number;
  readonly #name: string;
  #calls = 0;

  /** @param seed the block's; the branch has a stream of its own */
  constructor(rate: number, seed: number, name: string) {
    this.#rate = rate;
    this.#seed = deriveSeed(seed, 'drop_path');
    this.#name = name;
  }

  /**
   * What the branch is multiplied by, float32 [batch, 1, 1, 1]; undefined where nothing is dropped.
   *
   * @throws if the step is no whole number from 0.
   */
  mask(batch: number, call: CallOptions): Tensor4D | undefined {
    // Who looks at the step cannot be replayed, so it is not looked at in vain.
    if (this.#rate === 0 || !call.training) return undefined;
    const step = call.step ?? this.#calls++;
    integerFrom(step, 0, `${this.#name}: step`);
    return tensor4d(keepMask(this.#rate, this.#seed, step, batch), [batch, 1, 1, 1]);
  }
}
