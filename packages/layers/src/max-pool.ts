import {
  maxPool,
  type serialization,
  type Tensor,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { InputSpec, type Shape } from '@tensorflow/tfjs-layers';
import { choice, type Given, integer, optional, options } from '@mnet/core/options';
import { BaseLayer } from './base-layer.ts';
import { featureMapShape } from './check-layer.ts';
import { type LayerOptions, resolveLayer } from './layer-options.ts';
import { corePadding, windowedShape, type Padding, paddings } from './padding.ts';

const maxPoolOptions = options({
  /** Height and width of the window; default 3. */
  poolSize: optional(integer({ min: 1 }), 3),
  /** Step of the window; default 2. */
  stride: optional(integer({ min: 1 }), 2),
  /** Default `symmetric`, which tfjs's own layer lacks. */
  padding: optional(choice(paddings), 'symmetric'),
});

/** Options of {@link MaxPool}. */
export interface MaxPoolOptions extends LayerOptions, Given<typeof maxPoolOptions> {}

/**
 * The largest value of each channel in a window; what lies outside of the picture does not count.
 *
 * Source: He et al. 2016, "Deep Residual Learning", table 1, https://arxiv.org/abs/1512.03385
 *
 * Input float32 [batch, height, width, channels]; output [batch, height', width', channels].
 */
export class MaxPool extends BaseLayer {
  /** Its name in saved models. */
  static readonly className: string = 'MaxPool';
  readonly poolSize: number;
  readonly stride: number;
  readonly padding: Padding;

  /** @throws if an option is unknown or out of its range. */
  constructor(given: MaxPoolOptions = {}) {
    const { poolSize, stride, padding } = resolveLayer(maxPoolOptions, given, 'MaxPool');
    super(given);
    this.poolSize = poolSize;
    this.stride = stride;
    this.padding = padding;
    this.inputSpec = [new InputSpec({ ndim: 4 })];
  }

  override forward(x: Tensor): Tensor4D {
    const { poolSize: kernelSize, stride, padding } = this;
    return tidy(() => {
      const window = { kernelSize, stride, padding };
      const { x: input, pad } = corePadding(x as Tensor4D, window, Number.NEGATIVE_INFINITY);
      return maxPool(input, kernelSize, stride, pad);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const { poolSize: kernelSize, stride, padding } = this;
    const shape = windowedShape(inputShape, { kernelSize, stride, padding }, this.name);
    return [...shape, featureMapShape(inputShape, this.name)[3]];
  }

  override countMacs(): number {
    return 0;
  }

  override getConfig(): serialization.ConfigDict {
    const { poolSize, stride, padding } = this;
    return { ...super.getConfig(), poolSize, stride, padding };
  }
}
