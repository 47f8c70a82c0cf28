import { mnet } from '@mnet/backend';
import { engine, memory, setBackend, tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectClose, type Result } from './compare.ts';
import { fusedOperations } from './fuzz/fused.ts';
import type { FusedCase, FusedFuzz } from './fuzz/fused-case.ts';
import { caseCount, seed, startFuzz } from './fuzz/support.ts';

let fuzz: Awaited<ReturnType<typeof startFuzz>>;
beforeAll(async () => {
  fuzz = await startFuzz();
});
afterAll(() => fuzz.end());

/** What a call gives on one backend. */
async function resultsOn(backend: string, { inputs, run }: FusedCase): Promise<Result[]> {
  await setBackend(backend);
  const before = new Set(Object.values(engine().registeredVariables));
  const results: Result[] = [];
  tidy(() => {
    const tensors = inputs.map(({ values, shape }) => tensor(Float32Array.from(values), shape));
    for (const t of run(...tensors))
      results.push({ shape: t.shape, dtype: t.dtype, values: Float32Array.from(t.dataSync()) });
  });
  for (const v of Object.values(engine().registeredVariables)) if (!before.has(v)) v.dispose();
  return results;
}

async function expectReference(call: FusedCase, tolerance: number): Promise<void> {
  const want = await resultsOn('cpu', call);
  await setBackend('mnet');
  const before = { used: mnet().memory().usedBytes, tensors: memory().numTensors };
  const got = await resultsOn('mnet', call);
  fuzz.guard.check();
  expect({ used: mnet().memory().usedBytes, tensors: memory().numTensors }).toEqual(before);
  expect(got.map(({ shape }) => shape)).toEqual(want.map(({ shape }) => shape));
  want.forEach(({ values }, i) => expectClose((got[i] as Result).values, values, tolerance));
}

async function agree(_: string, { kernels, cases, tolerance }: FusedFuzz): Promise<void> {
  fuzz.ran.clear();
  await fc.assert(
    fc.asyncProperty(cases, (call) => expectReference(call, tolerance)),
    { numRuns: caseCount(100), seed },
  );
  for (const kernel of kernels) expect(fuzz.ran).toContain(kernel);
}

describe('agrees with its reference on the cpu backend', () => {
  test.each(Object.entries(fusedOperations))('%s', agree);
});
