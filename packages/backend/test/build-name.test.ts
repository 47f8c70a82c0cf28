import { mnet } from '@mnet/backend';
import { setBackend } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { runningBackend } from '../src/register-backend.ts';
import { buildName, type KernelBuild } from '../src/wasm/build.ts';

test('the backend names its kernels, each build by a digest of its own', async () => {
  await setBackend('mnet');
  expect(mnet().build).toBe(buildName(runningBackend().runtime.machine.build as KernelBuild));
  const [simd, relaxed] = [buildName('simd'), buildName('relaxed')];
  expect(simd).toMatch(/^simd [0-9a-f]{12}$/);
  expect(relaxed).toMatch(/^relaxed [0-9a-f]{12}$/);
  expect(simd.slice(-12)).not.toBe(relaxed.slice(-12));
});
