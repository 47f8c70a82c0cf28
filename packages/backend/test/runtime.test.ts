import { mnet, pickBackend, registerMnet, setKernelBuild } from '@mnet/backend';
import { getBackend, removeBackend } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadAddon } from '../src/native/load-addon.ts';

const before = process.env.MNET_RUNTIME;
/** The backend as it is before it has started. */
function fresh(): void {
  removeBackend('mnet');
  registerMnet();
  setKernelBuild(undefined);
}
beforeEach(fresh);
afterEach(() => {
  process.env.MNET_RUNTIME = before;
});

test('WebAssembly runs where it is asked for, by option or environment', async () => {
  process.env.MNET_RUNTIME = '';
  const { why } = await pickBackend({ runtime: 'wasm', threads: 1 });
  expect(why).toMatch(
    /^backend mnet, 1 thread, WebAssembly (relaxed )?SIMD: the fastest without a GPU$/,
  );
  expect(mnet().runtime).toBe('wasm');
  fresh();
  process.env.MNET_RUNTIME = 'wasm';
  await pickBackend({ threads: 1 });
  expect(mnet().runtime).toBe('wasm');
});

test('without wishes the native one runs where it is, else a line says why not', async () => {
  process.env.MNET_RUNTIME = '';
  const { why } = await pickBackend({ threads: 1 });
  const addon = loadAddon();
  if (typeof addon === 'string') expect(why).toContain(`(not native: ${addon})`);
  else expect(why).toMatch(/1 thread, native [\w-]+: the fastest/);
});

test('what cannot be had is an error and no other backend', async () => {
  process.env.MNET_RUNTIME = 'gpu';
  const line = "the backend 'mnet' cannot be had: MNET_RUNTIME: got 'gpu', takes wasm or native";
  await expect(pickBackend()).rejects.toThrow(line);
  await expect(pickBackend({ prefer: 'mnet' })).rejects.toThrow(line);
  process.env.MNET_RUNTIME = '';
  await expect(pickBackend({ runtime: 'gpu' as never })).rejects.toThrow(
    "runtime: got 'gpu', takes one of 'native', 'wasm'",
  );
  const other = process.arch === 'arm64' ? 'x86-64-v3' : 'arm64-neon';
  setKernelBuild(other);
  await expect(pickBackend({ runtime: 'native' })).rejects.toThrow(
    /cannot be had: the native runtime cannot be had: /,
  );
  await expect(pickBackend({ runtime: 'wasm' })).rejects.toThrow(
    `runtime: got 'wasm', but setKernelBuild('${other}') asks for 'native'`,
  );
  await expect(pickBackend()).rejects.toThrow(/^the backend 'mnet' cannot be had: /);
  expect(getBackend()).not.toBe('cpu');
  for (const name of ['avx2', 'X86-64-v3', ''])
    expect(() => setKernelBuild(name as never)).toThrow(
      `setKernelBuild: build: got '${name}', takes one of 'simd', 'relaxed', 'x86-64-v2'`,
    );
});
