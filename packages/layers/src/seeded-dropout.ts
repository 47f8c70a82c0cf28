import { mul, type serialization, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { integerFrom } from '@mnet/core/check';
import { type Given, integer, number, optional, options, required } from '@mnet/core/options';
import { BaseLayer, type CallOptions } from './base-layer.ts';
import { type LayerOptions, resolveLayer } from './layer-options.ts';
import { freshSeed } from '@mnet/core/random';
import { keepMask } from './keep-mask.ts';

/** Declares {@link SeededDropoutOptions}. */
export const seededDropoutOptions = options({
  /** Share of the values that are dropped in training, in [0, 1). */
  rate: required(number({ min: 0, max: 1 - Number.EPSILON })),
  /** Decides all masks, together with the step; default: a fresh one. */
  seed: optional(integer()),
});

/** Options of {@link SeededDropout}. */
export interface SeededDropoutOptions extends LayerOptions, Given<typeof seededDropoutOptions> {}

/**
 * Dropout: in training each value is zero with probability `rate`, and 1 / (1 − rate) times itself otherwise.
 *
 * tfjs's own layer repeats one mask for ever when it is given a seed. Here the mask is a function of the seed and of
 * the step, which a training loop passes as `model.apply(x, { training: true, step })`, so that a resumed run draws
 * what it would have drawn. Without a step, the layer counts its training calls.
 *
 * Source: Srivastava et al. 2014, "Dropout", section 4, https://jmlr.org/papers/v15/srivastava14a.html
 *
 * Input and output float32 of any shape with a known batch.
 */
export class SeededDropout extends BaseLayer {
  /** Its name in saved models. */
  static readonly className: string = 'SeededDropout';
  readonly rate: number;
  readonly seed: number;
  private calls = 0;

  /** @throws if an option is unknown or out of its range. */
  constructor(given: SeededDropoutOptions) {
    const settings = resolveLayer(seededDropoutOptions, given, 'SeededDropout');
    super(given);
    this.rate = settings.rate;
    this.seed = settings.seed ?? freshSeed();
  }

  override forward(x: Tensor, call: CallOptions): Tensor {
    // Who looks at the step cannot be replayed, so it is not looked at in vain.
    if (this.rate === 0 || !call.training) return x;
    const step = call.step ?? this.calls++;
    integerFrom(step, 0, `${this.name}: step`);
    const mask = keepMask(this.rate, this.seed, step, x.size);
    return tidy(() => mul(x, tensor(mask, x.shape)));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return inputShape as Shape;
  }

  override countMacs(): number {
    return 0;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}
