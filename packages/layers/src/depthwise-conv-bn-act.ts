import { depthwiseConv2d, fused, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import {
  ConvolutionBlock,
  type ConvolutionOptions,
  convolutionOptions,
} from './convolution-block.ts';
import type { Fans } from './kernel-start.ts';
import { resolveLayer } from './layer-options.ts';
import { corePadding } from './padding.ts';

/** Options of {@link DepthwiseConvBnAct}. */
export type DepthwiseConvBnActOptions = ConvolutionOptions;

/**
 * Depthwise convolution, batch normalization, activation: one k×k kernel a channel, so that channels do not mix:
 *
 *     y[…, c] = act(BN(x[…, c] ∗ kernel[…, c])),  kernel [k, k, channels, 1]
 *
 * It costs k²·channels multiply-accumulates at every output position.
 *
 * Source: Howard et al. 2017, "MobileNets", section 3.1, https://arxiv.org/abs/1704.04861
 *
 * Input float32 [batch, height, width, channels]; output [batch, height', width', channels].
 */
export class DepthwiseConvBnAct extends ConvolutionBlock {
  /** Its name in saved models. */
  static readonly className: string = 'DepthwiseConvBnAct';

  /** @throws if an option is unknown or out of its range. */
  constructor(given: DepthwiseConvBnActOptions = {}) {
    super(given, resolveLayer(convolutionOptions, given, 'DepthwiseConvBnAct'));
  }

  protected override outputChannels(inputChannels: number): number {
    return inputChannels;
  }

  protected override kernelShape(inputChannels: number): Fans & { shape: number[] } {
    const k = this.kernelSize;
    return {
      shape: [k, k, inputChannels, 1],
      fanIn: k * k,
      fanOut: k * k * inputChannels,
      groups: inputChannels,
    };
  }

  protected override convolve(x: Tensor4D, kernel: Tensor4D): Tensor4D {
    const { x: input, pad } = corePadding(x, this.window);
    return depthwiseConv2d(input, kernel, this.stride, pad);
  }

  protected override convolveBiased(
    x: Tensor4D,
    kernel: Tensor4D,
    bias: Tensor1D,
    activation: 'linear' | 'relu' | 'relu6',
  ): Tensor4D {
    const { x: input, pad } = corePadding(x, this.window);
    return fused.depthwiseConv2d({
      x: input,
      filter: kernel,
      strides: this.stride,
      pad,
      bias,
      activation,
    });
  }
}
