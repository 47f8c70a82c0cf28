import { getBackend, pad as padTensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { integerFrom, oneOf } from '@mnet/core/check';
import { featureMapShape } from './check-layer.ts';

/**
 * How a window is laid over the borders:
 * - `symmetric`: (k − 1) / 2 zeros (rounded down) on every side, PyTorch's `padding=(k - 1) // 2`;
 *   output ⌊(n + 2p − k) / s⌋ + 1
 * - `same`: TensorFlow's; output ⌈n / s⌉, and where the zeros are odd in number the larger half lies right and below
 * - `valid`: none; output ⌊(n − k) / s⌋ + 1
 *
 * At stride 1 and odd k the first two are one; at stride 2 and even n they read different pixels.
 */
export type Padding = (typeof paddings)[number];

/** The names that {@link Padding} takes. */
export const paddings = ['symmetric', 'same', 'valid'] as const;

/** A window and how it is laid over the borders. */
export interface Window {
  kernelSize: number;
  stride: number;
  padding: Padding;
}

/**
 * The feature maps and the padding that tfjs-core's windows take for this {@link Padding} on the active backend.
 * TensorFlow's takes no numbers: there the symmetric zeros are `same`'s wherever the two are one, and else part of x.
 *
 * @param outside the value of what lies outside of the picture
 */
export function corePadding(
  x: Tensor4D,
  { kernelSize, stride, padding }: Window,
  outside = 0,
): { x: Tensor4D; pad: number | 'same' | 'valid' } {
  if (padding !== 'symmetric') return { x, pad: padding };
  const p = Math.floor((kernelSize - 1) / 2);
  if (p === 0 || getBackend() !== 'tensorflow') return { x, pad: p };
  const sizes = [x.shape[1], x.shape[2]];
  if (sizes.every((n) => (Math.ceil(n / stride) - 1) * stride + kernelSize - n === 2 * p)) {
    return { x, pad: 'same' };
  }
  return {
    x: padTensor(
      x,
      [
        [0, 0],
        [p, p],
        [p, p],
        [0, 0],
      ],
      outside,
    ),
    pad: 'valid',
  };
}

/**
 * The output length of one axis by the formula of its {@link Padding}.
 *
 * @param length the input's, a whole number from 0; null, an unknown length, stays null
 * @param kernelSize a whole number from 1, as is `stride`
 * @throws if one of them is out of its range.
 */
export function outputLength(
  length: number | null,
  kernelSize: number,
  stride: number,
  padding: Padding,
): number | null {
  if (length !== null) integerFrom(length, 0, 'length');
  integerFrom(kernelSize, 1, 'kernelSize');
  integerFrom(stride, 1, 'stride');
  oneOf(padding, paddings, 'padding');
  if (length === null) return null;
  if (padding === 'same') return Math.ceil(length / stride);
  const pad = padding === 'symmetric' ? Math.floor((kernelSize - 1) / 2) : 0;
  return Math.floor((length + 2 * pad - kernelSize) / stride) + 1;
}

/**
 * Throws unless a window of stride 1 keeps heights and widths, as a block needs that adds its input to its output.
 */
export function keepsSize(kernelSize: number, padding: Padding, layer: string): void {
  if (padding === 'valid') {
    throw new TypeError(
      `${layer}: padding: got 'valid', takes 'symmetric' or 'same', since a shortcut needs pictures of one size`,
    );
  }
  if (padding === 'symmetric' && kernelSize % 2 === 0) {
    throw new RangeError(
      `${layer}: kernelSize: got ${kernelSize}, takes an odd one with padding 'symmetric', since a shortcut needs pictures of one size`,
    );
  }
}

/**
 * The shape that a window leaves of feature maps.
 *
 * @param shape [batch, height, width, channels]
 * @param layer the layer's name, for the error
 * @throws if the window does not fit.
 */
export function windowedShape(
  shape: Shape | Shape[],
  window: Window,
  layer: string,
): [batch: number | null, height: number | null, width: number | null] {
  const { kernelSize, stride, padding } = window;
  const [batch, height, width] = featureMapShape(shape, layer);
  const [h, w] = [height, width].map((length) => outputLength(length, kernelSize, stride, padding));
  if ((h ?? 1) < 1 || (w ?? 1) < 1) {
    throw new RangeError(
      `${layer}: got an input of ${height}×${width}, into which a window of ${kernelSize}×${kernelSize} with padding '${padding}' does not fit; takes larger pictures or smaller strides before it`,
    );
  }
  return [batch, h ?? null, w ?? null];
}
