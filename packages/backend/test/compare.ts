import '@mnet/backend';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import {
  engine,
  type NamedAttrMap,
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

const typed = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Runs a kernel on one backend; the outputs' values. */
export async function runOn(
  backend: 'cpu' | 'mnet',
  kernel: string,
  inputs: Record<string, Plain>,
  attrs: Record<string, unknown>,
): Promise<Float32Array[]> {
  await setBackend(backend);
  return tidy(() => {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, { values, shape, dtype }]) => [
        name,
        tensor(typed[dtype ?? 'float32'].from(values), shape, dtype ?? 'float32'),
      ]),
    );
    const out: Tensor | Tensor[] = engine().runKernel(
      kernel,
      tensors,
      attrs as unknown as NamedAttrMap,
    );
    return (Array.isArray(out) ? out : [out]).map((t) => Float32Array.from(t.dataSync()));
  });
}

/** Expects both backends to agree: NaN and infinities exactly, numbers within `tolerance` of the largest. */
export async function expectSame(
  kernel: string,
  inputs: Record<string, Plain>,
  attrs: Record<string, unknown>,
  tolerance = 2e-5,
): Promise<void> {
  const want = await runOn('cpu', kernel, inputs, attrs);
  const got = await runOn('mnet', kernel, inputs, attrs);
  expect(got.length).toBe(want.length);
  want.forEach((w, i) => expectClose(got[i] as Float32Array, w, tolerance));
}

/** Expects that mnet gives nothing finite where cpu does not, and the cpu's number where both are finite. */
export async function expectKept(
  kernel: string,
  inputs: Record<string, Plain>,
  attrs: Record<string, unknown>,
): Promise<void> {
  const [want] = (await runOn('cpu', kernel, inputs, attrs)) as [Float32Array];
  const [got] = (await runOn('mnet', kernel, inputs, attrs)) as [Float32Array];
  // Where it has spread, the cpu's number says nothing.
  const spread = want.map((w, i) => (Number.isFinite(w) && !Number.isFinite(got[i]) ? NaN : w));
  const lost = want.findIndex((w, i) => !Number.isFinite(w) && Number.isFinite(got[i]));
  expect(lost).toBe(-1);
  const finite = (list: Float32Array): number[] =>
    Array.from(list, (v, i) => (Number.isFinite(spread[i]) ? v : 0));
  expectClose(finite(got), finite(want), 2e-5);
}

/** Expects two lists to agree as {@link expectSame} says. */
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
