import { getThreads, mnet, pickBackend, registerMnet, setThreads } from '@mnet/backend';
import {
  add,
  engine,
  findBackendFactory,
  matMul,
  ones,
  removeBackend,
  setBackend,
} from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { runningBackend } from '../src/register-backend.ts';
import './compare.ts';

beforeEach(async () => {
  registerMnet();
  await setBackend('mnet');
  await setThreads(2);
});

/** Computes on all threads. */
function expectItComputes(): void {
  const x = ones([300, 300]);
  expect(matMul(add(x, 1), x).dataSync()).toEqual(new Float32Array(90_000).fill(600));
}

describe('a backend that was removed', () => {
  test('starts again after registerMnet, with workers of its own', async () => {
    const first = mnet();
    expectItComputes();
    removeBackend('mnet');
    expect(first.threads).toBe(1);
    expect(() => mnet()).toThrow(/'mnet' is not running/);
    registerMnet();
    expect(await setBackend('mnet')).toBe(true);
    expect(mnet()).not.toBe(first);
    await setThreads(3);
    expect(getThreads()).toBe(3);
    expectItComputes();
  });

  test('is started by pickBackend as it is', async () => {
    removeBackend('mnet');
    expect(await pickBackend({ prefer: 'mnet', threads: 2 })).toMatchObject({ threads: 2 });
    expectItComputes();
  });

  test("starts again after the engine's reset", async () => {
    engine().reset();
    expect(await setBackend('mnet')).toBe(true);
    expectItComputes();
  });

  test('finishes what was launched', () => {
    const backend = runningBackend();
    const sum = add(ones([100_000]), 1);
    removeBackend('mnet');
    expect(backend.readSync(sum.dataId)).toEqual(new Float32Array(100_000).fill(2));
  });

  test('while it starts leaves no workers behind', async () => {
    removeBackend('mnet');
    registerMnet();
    // Starting it by its factory lets this test see what tfjs drops.
    const start = findBackendFactory('mnet') as () => Promise<ReturnType<typeof runningBackend>>;
    const dropped = await start();
    await dropped.device.setThreads(2);
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve));
    expect(dropped.threads).toBe(1);
  });
});
