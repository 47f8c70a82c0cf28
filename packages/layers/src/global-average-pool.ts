import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { InputSpec, type Shape } from '@tensorflow/tfjs-layers';
import { globalAveragePool } from '@mnet/ops';
import { options } from '@mnet/core/options';
import { BaseLayer } from './base-layer.ts';
import { featureMapShape } from './check-layer.ts';
import { type LayerOptions, resolveLayer } from './layer-options.ts';

/**
 * Global average pooling: y[c] = mean of x[h, w, c] over h and w.
 *
 * Source: Lin, Chen, Yan 2014, "Network In Network", section 3.2, https://arxiv.org/abs/1312.4400
 *
 * Input float32 [batch, height, width, channels]; output [batch, channels].
 */
export class GlobalAveragePool extends BaseLayer {
  /** Its name in saved models. */
  static readonly className: string = 'GlobalAveragePool';

  /** @throws if an option is unknown. */
  constructor(given: LayerOptions = {}) {
    resolveLayer(options({}), given, 'GlobalAveragePool');
    super(given);
    this.inputSpec = [new InputSpec({ ndim: 4 })];
  }

  override forward(x: Tensor): Tensor2D {
    return globalAveragePool(x as Tensor4D);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, , , channels] = featureMapShape(inputShape, this.name);
    return [batch, channels];
  }

  override countMacs(): number {
    return 0;
  }
}
