import {
  fused,
  type serialization,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { InputSpec, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import { activate, globalAveragePool, scaleChannels } from '@mnet/ops';
import { choice, type Given, integer, number, optional, options } from '@mnet/core/options';
import { BaseLayer, type CallOptions } from './base-layer.ts';
import { featureMapShape } from './check-layer.ts';
import {
  biasInitializer,
  kernelInitializer,
  type KernelStart,
  kernelStarts,
} from './kernel-start.ts';
import { type LayerOptions, resolveLayer } from './layer-options.ts';
import { makeDivisible } from './make-divisible.ts';
import { deriveSeed, freshSeed } from '@mnet/core/random';

const squeezeExciteOptions = options({
  /** The hidden width is makeDivisible(channels / reduction); at least 1, default 4. */
  reduction: optional(number({ min: 1, max: Number.MAX_SAFE_INTEGER }), 4),
  /** How kernels and biases start; default `heNormalUngrouped`. */
  start: optional(choice(kernelStarts), 'heNormalUngrouped'),
  /** Decides the values that weights start from; default: a fresh one. */
  seed: optional(integer()),
});

/** Options of {@link SqueezeExcite}. */
export interface SqueezeExciteOptions extends LayerOptions, Given<typeof squeezeExciteOptions> {}

/**
 * Squeeze-and-excitation with MobileNetV3's hard gate: a weight between 0 and 1 for each channel of each image,
 *
 *     s = hardSigmoid(W₂ · relu(W₁ · mean(x) + b₁) + b₂),  y[h, w, c] = x[h, w, c] · s[c]
 *
 * Weights: `reduce/kernel` [channels, hidden], `reduce/bias`, `expand/kernel` [hidden, channels], `expand/bias`.
 *
 * Source: Hu, Shen, Sun 2018, "Squeeze-and-Excitation Networks", section 3, https://arxiv.org/abs/1709.01507;
 * Howard et al. 2019, "Searching for MobileNetV3", section 5.3, https://arxiv.org/abs/1905.02244
 *
 * Input and output float32 [batch, height, width, channels].
 */
export class SqueezeExcite extends BaseLayer {
  /** Its name in saved models. */
  static readonly className: string = 'SqueezeExcite';
  readonly reduction: number;
  readonly start: KernelStart;
  readonly seed: number;
  private reduceKernel!: LayerVariable;
  private reduceBias!: LayerVariable;
  private expandKernel!: LayerVariable;
  private expandBias!: LayerVariable;

  /** @throws if an option is unknown or out of its range. */
  constructor(given: SqueezeExciteOptions = {}) {
    const settings = resolveLayer(squeezeExciteOptions, given, 'SqueezeExcite');
    super(given);
    this.reduction = settings.reduction;
    this.start = settings.start;
    this.seed = settings.seed ?? freshSeed();
    this.inputSpec = [new InputSpec({ ndim: 4 })];
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = featureMapShape(inputShape, this.name)[3];
    const hidden = this.hidden(channels);
    [this.reduceKernel, this.reduceBias] = this.dense('reduce', channels, hidden);
    [this.expandKernel, this.expandBias] = this.dense('expand', hidden, channels);
    this.inputSpec = [new InputSpec({ ndim: 4, axes: { 3: channels } })];
    super.build(inputShape);
  }

  override forward(x: Tensor, _options?: CallOptions): Tensor4D {
    return tidy(() => {
      const squeezed = fused.matMul({
        a: globalAveragePool(x as Tensor4D),
        b: this.reduceKernel.read(),
        bias: this.reduceBias.read(),
        activation: 'relu',
      });
      const excited = fused.matMul({
        a: squeezed,
        b: this.expandKernel.read(),
        bias: this.expandBias.read(),
      });
      return scaleChannels(x as Tensor4D, activate(excited, 'hardSigmoid') as Tensor2D);
    });
  }

  override countMacs(inputShape: Shape): number {
    const channels = featureMapShape(inputShape, this.name)[3];
    return 2 * channels * this.hidden(channels);
  }

  /** The kernel and bias of one of the two dense layers, which the sources write as 1×1 convolutions. */
  private dense(name: string, inputs: number, outputs: number): [LayerVariable, LayerVariable] {
    const fans = { fanIn: inputs, fanOut: outputs, groups: 1 };
    const kernel = kernelInitializer(this.start, fans, deriveSeed(this.seed, name));
    const bias = biasInitializer(this.start, fans, deriveSeed(this.seed, `${name}/bias`));
    return [
      this.weight(`${name}/kernel`, [inputs, outputs], kernel),
      this.weight(`${name}/bias`, [outputs], bias),
    ];
  }

  private hidden(channels: number): number {
    return makeDivisible(channels / this.reduction);
  }

  override getConfig(): serialization.ConfigDict {
    const { reduction, start, seed } = this;
    return { ...super.getConfig(), reduction, start, seed };
  }
}
