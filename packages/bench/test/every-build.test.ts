// The same weights on every build of the kernels that rounds a multiply-add once, and on any number of threads.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kernelBuilds } from '@mnet/backend';
import { expect, test } from 'vitest';
import { nodeFlags } from '../../../tools/processes/start.mjs';

const program = fileURLToPath(new URL('train-bits.ts', import.meta.url));
/** Enough for a difference to show; MNET_STEPS takes more of them. */
const steps = Number(process.env.MNET_STEPS ?? 12);

/** Digests of the weights; each in a process of its own, since that chooses its build once. */
async function bits(build: string, threads: number): Promise<string[]> {
  const here = kernelBuilds() as string[];
  // Node.js 20 has relaxed SIMD behind a flag; later versions know no such flag.
  const flags = here.includes(build) ? [] : ['--experimental-wasm-relaxed-simd'];
  const words = [...flags, ...nodeFlags, program, build, String(threads), String(steps)];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  return JSON.parse(stdout) as string[];
}

const native = kernelBuilds().filter((build) => /^(x86-64-v[34]|arm64-neon)$/.test(build));
if (native.length === 0) console.warn('every build: no native one is here, WebAssembly runs alone');

test('MobileNetV2, V3 and ResNet-18 have the same weights on all builds and threads', async () => {
  const reference = await bits('relaxed', 2);
  expect(new Set(reference).size).toBe(3);
  const runs = native.flatMap((build) => [1, 2, 4].map((threads) => [build, threads] as const));
  for (const [build, threads] of runs)
    expect([build, threads, ...(await bits(build, threads))]).toEqual([
      build,
      threads,
      ...reference,
    ]);
  // Where there is no native one, WebAssembly with itself.
  expect(await bits('relaxed', 1)).toEqual(reference);
});
