import { fused, type serialization, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { InputSpec, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import { type Activation, activate, activations } from '@mnet/ops';
import { show } from '@mnet/core/check';
import {
  choice,
  type Given,
  integer,
  number,
  optional,
  options,
  required,
} from '@mnet/core/options';
import { BaseLayer } from './base-layer.ts';
import { constant, fanInUniform, normal } from './initializers.ts';
import { type LayerOptions, resolveLayer } from './layer-options.ts';
import { deriveSeed, freshSeed } from '@mnet/core/random';

/** Declares {@link DenseActOptions}. */
export const denseActOptions = options({
  /** Output width. */
  units: required(integer({ min: 1 })),
  /** Default `hardSwish`. */
  activation: optional(choice(activations), 'hardSwish'),
  /**
   * `normal` (default): the kernel starts normal and the bias at 0, as in torchvision's MobileNets; `uniform`: both
   * start evenly within ±1/√inputs, PyTorch's default.
   */
  start: optional(choice(['normal', 'uniform']), 'normal'),
  /** Standard deviation of the normal start; at least 0, default 0.01, as torchvision's MobileNets have it. */
  deviation: optional(number({ min: 0 })),
  /** Decides the values that weights start from; default: a fresh one. */
  seed: optional(integer()),
});

/** Options of {@link DenseAct}. */
export interface DenseActOptions extends LayerOptions, Given<typeof denseActOptions> {}

/**
 * A dense layer with one of the activations that tfjs's own dense layer lacks: y = act(x · kernel + bias).
 * MobileNetV3 has one between its pooling and its classifier.
 *
 * Weights: `kernel` [inputs, units], `bias`.
 *
 * Source: Howard et al. 2019, "Searching for MobileNetV3", section 5.1 and figure 5, https://arxiv.org/abs/1905.02244
 *
 * Input float32 [batch, inputs]; output [batch, units].
 */
export class DenseAct extends BaseLayer {
  /** Its name in saved models. */
  static readonly className: string = 'DenseAct';
  readonly units: number;
  readonly activation: Activation;
  readonly start: 'normal' | 'uniform';
  readonly deviation: number | undefined;
  readonly seed: number;
  private kernel!: LayerVariable;
  private bias!: LayerVariable;

  /** @throws if an option is unknown or out of its range. */
  constructor(given: DenseActOptions) {
    const settings = resolveLayer(denseActOptions, given, 'DenseAct');
    const { start, deviation } = settings;
    if (start === 'uniform' && deviation !== undefined) {
      throw new TypeError(
        `DenseAct: deviation: got ${show(deviation)} with start 'uniform', takes start 'normal' or no deviation`,
      );
    }
    super(given);
    this.units = settings.units;
    this.activation = settings.activation;
    this.start = start;
    this.deviation = start === 'normal' ? (deviation ?? 0.01) : undefined;
    this.seed = settings.seed ?? freshSeed();
    this.inputSpec = [new InputSpec({ ndim: 2 })];
  }

  override build(inputShape: Shape | Shape[]): void {
    const inputs = this.inputs(inputShape);
    const { units, deviation } = this;
    const seed = deriveSeed(this.seed, 'kernel');
    if (deviation === undefined) {
      const bias = fanInUniform(inputs, deriveSeed(this.seed, 'bias'));
      this.kernel = this.weight('kernel', [inputs, units], fanInUniform(inputs, seed));
      this.bias = this.weight('bias', [units], bias);
    } else {
      this.kernel = this.weight('kernel', [inputs, units], normal(deviation, seed));
      this.bias = this.weight('bias', [units], constant(0));
    }
    this.inputSpec = [new InputSpec({ ndim: 2, axes: { 1: inputs } })];
    super.build(inputShape);
  }

  override forward(x: Tensor): Tensor2D {
    return tidy(() => {
      const y = fused.matMul({
        a: x,
        b: this.kernel.read(),
        bias: this.bias.read(),
      });
      return activate(y as Tensor2D, this.activation);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    this.inputs(inputShape);
    return [(inputShape as Shape)[0] ?? null, this.units];
  }

  override countMacs(inputShape: Shape): number {
    return this.inputs(inputShape) * this.units;
  }

  private inputs(inputShape: Shape | Shape[]): number {
    const inputs = (inputShape as Shape)[1];
    if (inputShape.length !== 2 || typeof inputs !== 'number') {
      throw new TypeError(
        `${this.name}: got an input of shape ${show(inputShape)}, takes [batch, inputs] with known inputs`,
      );
    }
    return inputs;
  }

  override getConfig(): serialization.ConfigDict {
    const { units, activation, start, deviation, seed } = this;
    return {
      ...super.getConfig(),
      units,
      activation,
      start,
      ...(deviation !== undefined && { deviation }),
      seed,
    };
  }
}
