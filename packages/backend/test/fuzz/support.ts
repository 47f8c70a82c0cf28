import { kernelBuilds, mnet, setThreads } from '@mnet/backend';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect } from 'vitest';
import { runningBackend } from '../../src/register-backend.ts';
import {
  expectClose,
  type Inputs,
  numbers,
  type Plain,
  type Result,
  resultsOn,
} from '../compare.ts';
import { type Guard, guardHeap } from '../guarded-heap.ts';
import { guardLaunches } from '../guarded-launches.ts';

/** One call of a kernel. */
export interface Case {
  inputs: Inputs;
  attrs: Record<string, unknown>;
}

/** Calls of one kernel, usual and degenerate ones, and how they are compared with the cpu backend's. */
export interface Fuzz {
  cases: fc.Arbitrary<Case>;
  /** Of the largest value; default 2e-5. */
  tolerance?: number;
  /** Default 250. */
  runs?: number;
  /** Whether NaN and infinities may spread: nothing finite where the cpu backend has them, but perhaps more of them. */
  spreads?: boolean;
}

const { MNET_FUZZ, MNET_RUNTIME, MNET_ADDON } = process.env;
const isBuilt = kernelBuilds().some((each) => !/^(relaxed|simd)$/.test(each));

/**
 * Among how many the cases are shared, each with cases of its own: both runtimes where both are tested, and with
 * MNET_FUZZ=third the sanitized kernels too. MNET_FUZZ=all lets each take all.
 */
const parts = !isBuilt || MNET_FUZZ === 'all' ? 1 : MNET_FUZZ === 'third' ? 3 : 2;
const isSanitized = MNET_ADDON?.endsWith('-sanitized') === true;
const part = MNET_RUNTIME !== 'native' ? 0 : isSanitized ? 2 : 1;

/** The seed of all cases, so that a failure can be run again. */
export const seed: number = 20240607 + (parts === 1 ? 0 : part);

/** How many of so many cases are tried. */
export function caseCount(cases: number): number {
  return Math.ceil(cases / parts);
}

export const seeds: fc.Arbitrary<number> = fc.integer({ min: 1, max: 1e6 });

/** Numbers in a shape. */
export const plain = (shape: number[], from: number): Plain => ({
  shape,
  values: numbers(
    shape.reduce((a, b) => a * b, 1),
    from,
  ),
});

/** Usual cases, and one degenerate in five. */
export function mostly<T>(usual: fc.Arbitrary<T>, degenerate: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: degenerate });
}

/** The running backend under guard, and which kernels of its own have computed something since. */
export async function startFuzz(): Promise<{ guard: Guard; ran: Set<string>; end(): void }> {
  await setBackend('mnet');
  await setThreads(1);
  const backend = runningBackend();
  const guard = guardHeap(backend.device.heap);
  const free = guardLaunches(backend.device);
  const ran = new Set<string>();
  const attempt = backend.attempt.bind(backend);
  backend.attempt = (kernel) => {
    const { kernel: name } = backend as unknown as { kernel: string };
    const out = attempt(kernel);
    if (out !== undefined) ran.add(name);
    return out;
  };
  return {
    guard,
    ran,
    end: () => {
      backend.attempt = attempt;
      free();
      guard.remove();
    },
  };
}

type Outcome = { results: Result[] } | { error: Error };

async function outcomeOn(
  backend: 'cpu' | 'mnet',
  kernel: string,
  { inputs, attrs }: Case,
): Promise<Outcome> {
  try {
    return { results: await resultsOn(backend, kernel, inputs, attrs) };
  } catch (error) {
    return { error: error as Error };
  }
}

const isShape = (shape: number[]): boolean => shape.every((n) => Number.isInteger(n) && n >= 0);

/** Errors that say nothing to a caller: out of the kernels, the queue or the heap. */
const inner = /^(heap|launch of|mnet: no memory)|unreachable|divide by zero|memory access/;

/**
 * Expects both backends to agree on a call: in whether there is an error, in shapes, types and values; and that
 * nothing was written beside a block, and nothing stays behind.
 */
export async function expectAgree(
  guard: Guard,
  kernel: string,
  call: Case,
  { tolerance = 2e-5, spreads = false }: Pick<Fuzz, 'tolerance' | 'spreads'>,
): Promise<void> {
  const want = await outcomeOn('cpu', kernel, call);
  await setBackend('mnet');
  const before = { used: mnet().memory().usedBytes, tensors: memory().numTensors };
  const got = await outcomeOn('mnet', kernel, call);
  guard.check();
  expect({ used: mnet().memory().usedBytes, tensors: memory().numTensors }).toEqual(before);
  // The cpu backend makes a tensor of a shape that is none where two negative sizes have a positive product.
  if ('error' in want || want.results.some(({ shape }) => !isShape(shape))) {
    if (!('error' in got)) throw new Error('no error, where the cpu backend throws');
    expect(got.error.message).not.toMatch(inner);
    return;
  }
  if ('error' in got) throw got.error;
  const layout = (results: Result[]): unknown => results.map(({ shape, dtype }) => [shape, dtype]);
  expect(layout(got.results)).toEqual(layout(want.results));
  want.results.forEach(({ shape, values }, i) => {
    // To an empty tensor of a product the cpu backend gives values.
    const size = shape.reduce((a, b) => a * b, 1);
    const list = got.results[i]?.values as Float32Array;
    (spreads ? expectKept : expectClose)(list, values.subarray(0, size), tolerance);
  });
}

/** Expects that nothing is finite where it is not wanted so, and what is finite in both is close. */
function expectKept(got: Float32Array, want: Float32Array, tolerance: number): void {
  const lost = want.findIndex((w, i) => !Number.isFinite(w) && Number.isFinite(got[i]));
  expect(lost).toBe(-1);
  const finite = (list: Float32Array): number[] =>
    Array.from(list, (v, i) => (Number.isFinite(got[i]) ? v : 0));
  expectClose(finite(got), finite(want), tolerance);
}
