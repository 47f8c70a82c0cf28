import { clone, customGrad, type Tensor, zerosLike } from '@tensorflow/tfjs-core';

/** `x`, through which no gradient passes: a teacher is what is learned, not what learns. */
export function constant<T extends Tensor>(x: T): T {
  return customGrad((value) => ({
    value: clone(value as Tensor),
    gradFunc: () => zerosLike(value as Tensor),
  }))(x) as T;
}
