import { add, mul, reverse, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';

/**
 * A forward pass of images and of their mirror images, left and right: the mean of both logits, before any softmax.
 *
 * @param forward from images, float32 [batch, height, width, channels], to logits [batch, classes]
 */
export function withMirrored(forward: (images: Tensor4D) => Tensor2D): typeof forward {
  return (images) => mul(add(forward(images), forward(reverse(images, 2))), 0.5) as Tensor2D;
}
