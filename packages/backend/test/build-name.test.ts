import { kernelBuilds, mnet } from '@mnet/backend';
import { setBackend } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { roundingOf, runtimeOf } from '../src/runtime/kernel-build.ts';

test('the backend says what runs it, and how that rounds: alike where multiply-adds are fused', async () => {
  await setBackend('mnet');
  const { runtime, kernelBuild, build } = mnet();
  expect(runtime).toBe(runtimeOf[kernelBuild]);
  expect(build).toBe(roundingOf(kernelBuild));
  expect(roundingOf('relaxed')).toMatch(/^fused [0-9a-f]{12}$/);
  for (const fused of ['x86-64-v3', 'x86-64-v4', 'arm64-neon'] as const)
    expect(roundingOf(fused)).toBe(roundingOf('relaxed'));
  expect(roundingOf('simd')).toBe(roundingOf('relaxed').replace('fused', 'unfused'));
  expect(roundingOf('x86-64-v2')).toBe(roundingOf('simd'));
  expect(kernelBuilds()).toContain(kernelBuild);
  expect(kernelBuilds().at(-1)).toBe('simd');
});
