import { fused, type serialization, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { InputSpec, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import { type Activation, activate, assertActivation } from '@mnet/ops';
import { BaseLayer, type LayerOptions } from './base-layer.ts';
import { integerFrom, numberIn, oneOf, show } from '@mnet/core/check';
import { knownLayerOptions } from './check-layer.ts';
import { constant, fanInUniform, normal } from './initializers.ts';
import { deriveSeed, freshSeed } from '@mnet/core/random';

/** Options of {@link DenseAct}. */
export interface DenseActOptions extends LayerOptions {
  /** Output width. */
  units: number;
  /** Default `hardSwish`. */
  activation?: Activation;
  /**
   * `normal` (default): the kernel starts normal and the bias at 0, as in torchvision's MobileNets; `uniform`: both
   * start evenly within ±1/√inputs, PyTorch's default.
   */
  start?: 'normal' | 'uniform';
  /** Standard deviation of the normal start; at least 0, default 0.01, as torchvision's MobileNets have it. */
  deviation?: number;
  /** Decides the values that weights start from; default: a fresh one. */
  seed?: number;
}

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
  constructor(options: DenseActOptions) {
    super(options);
    knownLayerOptions(options, ['units', 'activation', 'start', 'deviation', 'seed'], 'DenseAct');
    const { units, activation = 'hardSwish', start = 'normal', seed = freshSeed() } = options;
    integerFrom(units, 1, 'DenseAct: units');
    assertActivation(activation, 'DenseAct: activation');
    oneOf(start, ['normal', 'uniform'], 'DenseAct: start');
    if (start === 'uniform' && options.deviation !== undefined) {
      throw new TypeError(
        `DenseAct: deviation: got ${show(options.deviation)} with start 'uniform', takes start 'normal' or no deviation`,
      );
    }
    const deviation = start === 'normal' ? (options.deviation ?? 0.01) : undefined;
    if (deviation !== undefined) numberIn(deviation, 0, Number.MAX_VALUE, 'DenseAct: deviation');
    integerFrom(seed, Number.MIN_SAFE_INTEGER, 'DenseAct: seed');
    this.units = units;
    this.activation = activation;
    this.start = start;
    this.deviation = deviation;
    this.seed = seed;
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
