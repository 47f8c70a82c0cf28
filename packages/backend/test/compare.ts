import '@mnet/backend';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import {
  engine,
  type NamedAttrMap,
  type NamedTensorMap,
  setBackend,
  type Tensor,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Numbers for a tensor: a small seeded generator, values in [−2, 2) with some exact zeros. */
export function numbers(count: number, seed: number): Float32Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % 31 === 0 ? 0 : (state / 2 ** 32) * 4 - 2;
  });
}

/** A tensor as plain data, to be made on each backend. */
export interface Plain {
  shape: number[];
  values: ArrayLike<number>;
  dtype?: 'float32' | 'int32' | 'bool';
}

/** A kernel's inputs, by name; those of AddN are a list. */
export type Inputs = Record<string, Plain> | Plain[];

const typed = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** What a kernel gave. */
export interface Result {
  shape: number[];
  dtype: string;
  values: Float32Array;
}

/** Runs a kernel on one backend; its outputs. */
export async function resultsOn(
  backend: 'cpu' | 'mnet',
  kernel: string,
  inputs: Inputs,
  attrs: Record<string, unknown>,
): Promise<Result[]> {
  await setBackend(backend);
  const results: Result[] = [];
  const make = ({ values, shape, dtype = 'float32' }: Plain): Tensor =>
    tensor(typed[dtype].from(values), shape, dtype);
  tidy(() => {
    const tensors = Array.isArray(inputs)
      ? (inputs.map(make) as unknown as NamedTensorMap)
      : Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, make(input)]));
    const out: Tensor | Tensor[] = engine().runKernel(
      kernel,
      tensors,
      attrs as unknown as NamedAttrMap,
    );
    for (const y of Array.isArray(out) ? out : [out])
      results.push({ shape: y.shape, dtype: y.dtype, values: Float32Array.from(y.dataSync()) });
  });
  return results;
}

/** The outputs' values alone. */
export async function runOn(...args: Parameters<typeof resultsOn>): Promise<Float32Array[]> {
  return (await resultsOn(...args)).map(({ values }) => values);
}

/** Expects two lists to agree: NaN and infinities exactly, numbers within `tolerance` of the largest. */
export function expectClose(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tolerance: number,
): void {
  expect(got.length).toBe(want.length);
  let scale = 1;
  for (let i = 0; i < want.length; i++) {
    const size = Math.abs(want[i] as number);
    if (Number.isFinite(size) && size > scale) scale = size;
  }
  for (let i = 0; i < want.length; i++) {
    const g = got[i] as number;
    const w = want[i] as number;
    if (Object.is(g, w) || (Number.isNaN(g) && Number.isNaN(w)) || g === w) continue;
    if (!(Math.abs(g - w) <= tolerance * scale)) {
      throw new Error(
        `value ${i} of ${want.length}: got ${g}, expected ${w} (tolerance ${tolerance * scale})`,
      );
    }
  }
}
