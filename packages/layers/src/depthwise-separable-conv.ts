import { type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { CallOptions } from './base-layer.ts';
import { type BlockOptions, blockOptions, CompositeBlock } from './composite-block.ts';
import { ConvBnAct } from './conv-bn-act.ts';
import { DepthwiseConvBnAct } from './depthwise-conv-bn-act.ts';
import { resolveLayer } from './layer-options.ts';

/** Options of {@link DepthwiseSeparableConv}. */
export type DepthwiseSeparableConvOptions = BlockOptions;

/**
 * MobileNetV1's block: a k×k convolution split into one that filters each channel and one that mixes them:
 *
 *     y = act(BN(pointwise 1×1(act(BN(depthwise k×k(x))))))
 *
 * It costs 1/filters + 1/k² of a full convolution. Parts: `depthwise`, `pointwise`. Default activation `relu`.
 *
 * Source: Howard et al. 2017, "MobileNets", section 3.1 and figure 3, https://arxiv.org/abs/1704.04861
 *
 * Input float32 [batch, height, width, channels]; output [batch, height', width', filters].
 */
export class DepthwiseSeparableConv extends CompositeBlock {
  /** Its name in saved models. */
  static readonly className: string = 'DepthwiseSeparableConv';
  private depthwise!: DepthwiseConvBnAct;
  private pointwise!: ConvBnAct;

  /** @throws if an option is unknown or out of its range. */
  constructor(given: DepthwiseSeparableConvOptions) {
    super(given, resolveLayer(blockOptions, given, 'DepthwiseSeparableConv'));
  }

  protected override compose(inputShape: Shape): void {
    const { kernelSize, stride, activation, filters } = this;
    this.depthwise = new DepthwiseConvBnAct({
      ...this.part('depthwise', activation),
      kernelSize,
      stride,
    });
    this.pointwise = new ConvBnAct({
      ...this.part('pointwise', activation),
      filters,
      kernelSize: 1,
    });
    this.attach(this.pointwise, this.attach(this.depthwise, inputShape));
  }

  override forward(x: Tensor, options: CallOptions): Tensor4D {
    return tidy(() => this.pointwise.forward(this.depthwise.forward(x, options), options));
  }
}
