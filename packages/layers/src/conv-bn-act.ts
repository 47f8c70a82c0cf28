import {
  conv2d,
  fused,
  type serialization,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { type Given, integer, options, required } from '@mnet/core/options';
import { ConvolutionBlock, convolutionOptions } from './convolution-block.ts';
import type { Fans } from './kernel-start.ts';
import { type LayerOptions, resolveLayer } from './layer-options.ts';
import { corePadding } from './padding.ts';

const convBnActOptions = options({
  /** Output channels. */
  filters: required(integer({ min: 1 })),
  ...convolutionOptions.fields,
});

/** Options of {@link ConvBnAct}. */
export interface ConvBnActOptions extends LayerOptions, Given<typeof convBnActOptions> {}

/**
 * Convolution, batch normalization, activation:
 *
 *     y = act(BN(x ∗ kernel)),  kernel [k, k, input channels, filters]
 *
 * A k×k kernel costs k²·inputs·filters multiply-accumulates at every output position.
 *
 * Source: Ioffe and Szegedy 2015, "Batch Normalization", section 3.2, https://arxiv.org/abs/1502.03167
 *
 * Input float32 [batch, height, width, channels]; output [batch, height', width', filters].
 */
export class ConvBnAct extends ConvolutionBlock {
  /** Its name in saved models. */
  static readonly className: string = 'ConvBnAct';
  readonly filters: number;

  /** @throws if an option is unknown or out of its range. */
  constructor(given: ConvBnActOptions) {
    const settings = resolveLayer(convBnActOptions, given, 'ConvBnAct');
    super(given, settings);
    this.filters = settings.filters;
  }

  protected override outputChannels(): number {
    return this.filters;
  }

  protected override kernelShape(inputChannels: number): Fans & { shape: number[] } {
    const { kernelSize: k, filters } = this;
    return {
      shape: [k, k, inputChannels, filters],
      fanIn: k * k * inputChannels,
      fanOut: k * k * filters,
      groups: 1,
    };
  }

  protected override convolve(x: Tensor4D, kernel: Tensor4D): Tensor4D {
    const { x: input, pad } = corePadding(x, this.window);
    return conv2d(input, kernel, this.stride, pad);
  }

  protected override convolveBiased(
    x: Tensor4D,
    kernel: Tensor4D,
    bias: Tensor1D,
    activation: 'linear' | 'relu' | 'relu6',
  ): Tensor4D {
    const { x: input, pad } = corePadding(x, this.window);
    return fused.conv2d({ x: input, filter: kernel, strides: this.stride, pad, bias, activation });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), filters: this.filters };
  }
}
