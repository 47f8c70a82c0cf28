import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownKernels } from '../src/kernels/register.ts';
import {
  convolutions,
  poolings,
  spoiltConvolutions,
  spoiltWideConvolutions,
  wideConvolutions,
} from './fuzz/convolution.ts';
import { fusedOperations } from './fuzz/fused.ts';
import { matrixProducts } from './fuzz/products.ts';
import { pointwise } from './fuzz/pointwise.ts';
import { caseCount, expectAgree, type Fuzz, seed, startFuzz } from './fuzz/support.ts';

let fuzz: Awaited<ReturnType<typeof startFuzz>>;
beforeAll(async () => {
  fuzz = await startFuzz();
});
afterAll(() => fuzz.end());

/** All cases of a kernel against the cpu backend's; in some of them it must have been our own that ran. */
async function agree(kernel: string, { cases, runs = 250, ...how }: Fuzz): Promise<void> {
  fuzz.ran.clear();
  await fc.assert(
    fc.asyncProperty(cases, (call) => expectAgree(fuzz.guard, kernel, call, how)),
    { numRuns: caseCount(runs), seed },
  );
  expect(fuzz.ran).toContain(kernel);
}

const tables = { ...convolutions, ...poolings, ...matrixProducts, ...pointwise };

test('every kernel of our own is tried, here or in fused.test.ts', () => {
  const fused = Object.values(fusedOperations).flatMap(({ kernels }) => kernels);
  expect([...Object.keys(tables), ...fused].toSorted()).toEqual(ownKernels.toSorted());
});

describe('agrees with the cpu backend', () => {
  test.each(Object.entries(tables))('%s', agree);
});

describe('agrees with the cpu backend in wide rows', () => {
  test.each(Object.entries(wideConvolutions))('%s', agree);
});

describe('of NaN and infinities', () => {
  test.each(Object.entries(spoiltConvolutions))('%s', agree);
  test.each(Object.entries(spoiltWideConvolutions))('%s in wide rows', agree);
});
