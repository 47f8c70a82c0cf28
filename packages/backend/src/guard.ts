import { type TensorInfo, util } from '@tensorflow/tfjs-core';

/**
 * Passes through a kernel that asks for an output of no elements. Kernels never see tensors of no elements: what
 * such an operation gives (nothing, a sum over nothing, an error) is what the cpu backend's kernel makes of it.
 */
export const noElements: Error = new Error('mnet: a kernel was asked for an output of no elements');

/** Elements of a shape; throws tfjs's error where it is none, as of a window that is larger than its picture. */
export function elementsOf(shape: readonly number[]): number {
  util.assertNonNegativeIntegerDimensions(shape as number[]);
  return util.sizeFromShape(shape as number[]);
}

/** Whether one of a kernel's inputs has no elements. */
export function anyEmpty(inputs: Record<string, TensorInfo | undefined>): boolean {
  for (const name in inputs) if (inputs[name]?.shape.includes(0)) return true;
  return false;
}
