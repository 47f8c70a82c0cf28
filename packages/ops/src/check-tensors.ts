import type { TensorInfo } from '@tensorflow/tfjs-core';
import { show } from '@mnet/core/check';

/** Throws unless `tensor` has the wanted rank and dtype. */
export function tensorOf(
  tensor: unknown,
  rank: number,
  dtype: string,
  argument: string,
): asserts tensor is TensorInfo {
  if (!isTensor(tensor) || tensor.shape.length !== rank || tensor.dtype !== dtype) {
    throw new TypeError(
      `${argument}: got ${shown(tensor)}, takes a ${dtype} tensor of rank ${rank}`,
    );
  }
}

/** Throws unless `tensor` is float32 with exactly this shape. */
export function shapeOf(tensor: unknown, shape: readonly number[], argument: string): void {
  if (!fits(tensor, shape)) {
    throw new TypeError(`${argument}: got ${shown(tensor)}, takes float32 [${shape.join(', ')}]`);
  }
}

/** Throws unless `tensor` is float32, of any shape. */
export function floatOf(tensor: unknown, argument: string): void {
  if (!isTensor(tensor) || tensor.dtype !== 'float32') {
    throw new TypeError(`${argument}: got ${shown(tensor)}, takes a float32 tensor`);
  }
}

/** Whether `tensor` is float32 with exactly this shape. */
export function fits(tensor: unknown, shape: readonly number[]): boolean {
  return isTensor(tensor) && tensor.dtype === 'float32' && tensor.shape.join() === shape.join();
}

/** A tensor, or what stands in its place, as it is quoted in an error. */
export function shown(tensor: unknown): string {
  return isTensor(tensor) ? `${tensor.dtype} [${tensor.shape.join(', ')}]` : show(tensor);
}

/** Throws unless `value` is an object, such as one that holds tensors by name. */
export function objectOf(value: unknown, holds: string, argument: string): void {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${argument}: got ${show(value)}, takes an object of ${holds}`);
  }
}

function isTensor(value: unknown): value is TensorInfo {
  return Array.isArray((value as TensorInfo | null | undefined)?.shape);
}
