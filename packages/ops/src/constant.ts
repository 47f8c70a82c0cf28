import { clone, customGrad, type Tensor, zerosLike } from '@tensorflow/tfjs-core';

/**
 * A tensor of the values of `x`, float32 of any shape, through which no gradient passes: a teacher is what is learned, not what
 * learns. What is trained gets zeros by it.
 */
export function constant<T extends Tensor>(x: T): T {
  return customGrad((value) => ({
    value: clone(value as Tensor),
    gradFunc: () => zerosLike(value as Tensor),
  }))(x) as T;
}
