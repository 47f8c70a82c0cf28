import type { TensorInfo } from '@tensorflow/tfjs-core';

/** Throws unless `value` is one of `allowed`, naming the argument and what it takes. */
export function oneOf<T extends string>(
  value: unknown,
  allowed: readonly T[],
  argument: string,
): asserts value is T {
  if (!allowed.includes(value as T)) {
    throw new TypeError(
      `${argument}: got ${show(value)}, takes one of ${allowed.map((a) => `'${a}'`).join(', ')}`,
    );
  }
}

/** Throws unless `value` is a finite number within [min, max]. */
export function numberIn(
  value: unknown,
  min: number,
  max: number,
  argument: string,
): asserts value is number {
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new RangeError(`${argument}: got ${show(value)}, takes a number from ${min} to ${max}`);
  }
}

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

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'object' && value !== null) return value.constructor?.name ?? 'an object';
  return String(value);
}
