import type { TensorInfo } from '@tensorflow/tfjs-core';
import { show } from '@mnet/core/check';

/** Throws unless `tensor` has the wanted rank and dtype. */
export function tensorOf(
  tensor: unknown,
  rank: number,
  dtype: string,
  argument: string,
): asserts tensor is TensorInfo {
  const t = tensor as TensorInfo | undefined;
  if (!t || !Array.isArray(t.shape) || t.shape.length !== rank || t.dtype !== dtype) {
    const got = t && Array.isArray(t.shape) ? `${t.dtype} [${t.shape.join(', ')}]` : show(tensor);
    throw new TypeError(`${argument}: got ${got}, takes a ${dtype} tensor of rank ${rank}`);
  }
}

/** Throws unless `tensor` is float32 with exactly this shape. */
export function shapeOf(tensor: TensorInfo, shape: readonly number[], argument: string): void {
  if (tensor.dtype !== 'float32' || tensor.shape.join() !== shape.join()) {
    throw new TypeError(
      `${argument}: got ${tensor.dtype} [${tensor.shape.join(', ')}], takes float32 [${shape.join(', ')}]`,
    );
  }
}
