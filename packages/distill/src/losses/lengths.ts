import { add, div, mul, sqrt, square, step, sub, sum, type Tensor } from '@tensorflow/tfjs-core';

/**
 * The Euclidean lengths of the vectors along the last axis, which stays with a size of 1. What is shorter than
 * `shortest` has the length 0 and, since a root has no gradient there, none.
 */
export function lengths(x: Tensor, shortest = 1e-12): Tensor {
  return roots(sum(square(x), -1, true), shortest);
}

/** The roots of squared lengths: 0, without a gradient, where they are below `shortest`. */
export function roots(squares: Tensor, shortest = 1e-12): Tensor {
  // A step, where a comparison would be plainer: comparisons have no gradient in TensorFlow.js, not even 0.
  const seen = step(sub(squares, shortest * shortest));
  return mul(sqrt(add(mul(squares, seen), sub(1, seen))), seen);
}

/** `x / y` for y from 0; where y is 0, x. */
export function divideSafely<T extends Tensor>(x: T, y: Tensor): T {
  return div(x, add(y, sub(1, step(y))));
}

/** The vectors along the last axis, divided by their {@link lengths}; one of no length stays what it is. */
export function unit<T extends Tensor>(x: T, shortest?: number): T {
  return divideSafely(x, lengths(x, shortest));
}
