import { ConvBnAct, type ConvBnActOptions } from '@mnet/layers';
import { maxPool, serialization, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';

/** Height, width and step of the pooled windows. */
const pool = 2;

/**
 * Convolution, 2×2 max pooling, batch normalization, activation:
 *
 *     y = act(BN(maxPool(x ∗ kernel)))
 *
 * The normalization is that of the values that are left, which is why it is no pooling after a {@link ConvBnAct}.
 *
 * Input float32 [batch, height, width, channels]; output [batch, ⌊height / 2⌋, ⌊width / 2⌋, filters].
 */
export class PooledConvBnAct extends ConvBnAct {
  /** Its name in saved models. */
  static override readonly className: string = 'PooledConvBnAct';

  /** @throws if an option is unknown or out of its range, or the stride is not 1. */
  constructor(given: ConvBnActOptions) {
    super(given);
    if (this.stride !== 1) {
      throw new RangeError(`PooledConvBnAct: stride: got ${this.stride}, takes 1`);
    }
  }

  protected override convolve(x: Tensor4D, kernel: Tensor4D): Tensor4D {
    return maxPool(super.convolve(x, kernel), pool, pool, 'valid');
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, height, width, filters] = super.computeOutputShape(inputShape) as [
      number | null,
      number | null,
      number | null,
      number,
    ];
    const pooled = (length: number | null) => (length === null ? null : Math.floor(length / pool));
    return [batch, pooled(height), pooled(width), filters];
  }

  override countMacs(inputShape: Shape): number | null {
    // The convolution is of the size that is then pooled.
    const [, height, width] = super.computeOutputShape(inputShape);
    if (height == null || width == null) return null;
    const { kernelSize, filters } = this;
    return height * width * kernelSize ** 2 * (inputShape[3] as number) * filters;
  }
}

serialization.registerClass(PooledConvBnAct);
