import { getThreads, pickBackend } from '@mnet/backend';
import { getBackend } from '@tensorflow/tfjs-core';
import util from 'node:util';
import { expect, test } from 'vitest';

test('picks mnet where nothing else is installed, and says why', async () => {
  const lines: string[] = [];
  const picked = await pickBackend({ threads: 2, log: (line) => lines.push(line) });
  expect(picked).toMatchObject({ name: 'mnet', threads: 2 });
  expect(picked.why).toMatch(
    /backend mnet, 2 threads, (WebAssembly (relaxed )?SIMD|native [\w-]+): the fastest without a GPU/,
  );
  expect(lines.join('\n')).toMatch(/tensorflow: @tensorflow\/tfjs-node-gpu is not installed/);
  expect(getBackend()).toBe('mnet');
  expect(getThreads()).toBe(2);
});

test('what was asked for and cannot be had is an error with the command that installs it', async () => {
  await pickBackend({ prefer: 'mnet', threads: 1 });
  await expect(pickBackend({ prefer: 'tensorflow' })).rejects.toThrow(
    /the backend 'tensorflow' cannot be had: .*tfjs-node is not installed.*npm install @tensorflow\/tfjs-node/,
  );
  await expect(pickBackend({ prefer: 'webgpu' })).rejects.toThrow(
    /'webgpu' cannot be had: .*npm install/,
  );
  await expect(pickBackend({ prefer: 'metal' as never })).rejects.toThrow(
    /prefer: got 'metal', takes one of 'tensorflow', 'webgpu'/,
  );
  await expect(pickBackend({ preferred: 'cpu' } as never)).rejects.toThrow(
    "pickBackend: unknown option 'preferred', takes prefer, threads, runtime, memoryLimit, log",
  );
  await expect(pickBackend({ threads: 0 })).rejects.toThrow(/threads: got 0, takes a whole number/);
  expect(getBackend()).toBe('mnet');
});

test('others can be asked for', async () => {
  expect((await pickBackend({ prefer: 'cpu' })).name).toBe('cpu');
  expect(getBackend()).toBe('cpu');
  expect((await pickBackend({ prefer: 'wasm' })).name).toBe('wasm');
  expect(getBackend()).toBe('wasm');
});

test('looking for TensorFlow leaves no trace where it is not there', async () => {
  const variable = 'TF_NUM_INTRAOP_THREADS';
  const names = Object.keys(util);
  for (const before of [undefined, '5']) {
    if (before === undefined) delete process.env[variable];
    else process.env[variable] = before;
    await pickBackend({ threads: 2 });
    await expect(pickBackend({ prefer: 'tensorflow', threads: 3 })).rejects.toThrow(
      /cannot be had/,
    );
    expect(process.env[variable]).toBe(before);
  }
  delete process.env[variable];
  expect(Object.keys(util)).toEqual(names);
});
