import { mnet, setThreads } from '@mnet/backend';
import { add, mul, ones, setBackend, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Staging } from '../src/runtime/staging.ts';
import { PAGE } from '../src/runtime/kernel-memory.ts';
import { Layout } from '../src/runtime/layout.ts';
import { runningBackend } from '../src/register-backend.ts';
import './compare.ts';

describe('staging', () => {
  test('pieces lie apart, at the start of cache lines, until all are free', () => {
    const memory = { buffer: new ArrayBuffer(PAGE), grow: () => {}, limit: PAGE };
    const staging = new Staging(memory, 128, 256);
    const first = staging.write(Int32Array.of(1, 2, 3));
    const second = staging.write(Float32Array.of(0.5));
    expect([first, second]).toEqual([128, 192]);
    expect([...new Int32Array(memory.buffer, 128, 3)]).toEqual([1, 2, 3]);
    expect(new Float32Array(memory.buffer, 192, 1)[0]).toBe(0.5);
    expect(staging.write(new Uint8Array(129))).toBeUndefined();
    expect(staging.write(new Uint8Array(128))).toBe(256);
    expect(staging.write(new Uint8Array(1))).toBeUndefined();
    staging.reset();
    expect(staging.write(new Uint8Array(256))).toBe(128);
  });
});

describe('numbers written while the queue is busy', () => {
  beforeAll(async () => {
    await setBackend('mnet');
    await setThreads(2);
  });
  afterAll(() => setThreads(1));

  const heavy = (): Tensor =>
    tidy(() => {
      const x = ones([1024, 1024]);
      return add(mul(x, 0.5), x);
    });

  test('wait for nobody, and are what was written', () => {
    const { waits } = mnet();
    const busy = heavy();
    expect(runningBackend().device.busy).toBe(true);
    const size = 100_000;
    const made = Array.from({ length: 20 }, (_, i) =>
      tensor(
        Float32Array.from({ length: size }, (__, k) => i + k),
        [size],
      ),
    );
    expect(mnet().waits - waits).toBe(0);
    made.forEach((t, i) => {
      const values = t.dataSync();
      expect([values[0], values[size - 1]]).toEqual([i, i + size - 1]);
    });
    for (const t of [busy, ...made]) t.dispose();
  });

  test('wait where there is no room for them, and are right too', () => {
    const size = Layout.stagingBytes / 4 - 16;
    const { waits } = mnet();
    const busy = heavy();
    const [first, second] = [1, 2].map((value) => tensor(new Float32Array(size).fill(value)));
    expect(mnet().waits - waits).toBe(1);
    const large = tensor(new Float32Array(size + 64).fill(3));
    expect(mnet().waits - waits).toBe(2);
    [first, second, large].forEach((t, i) => {
      const values = (t as Tensor).dataSync();
      expect([values[0], values.at(-1)]).toEqual([i + 1, i + 1]);
    });
    for (const t of [busy, first, second, large]) (t as Tensor).dispose();
  });

  test('are no tensors of their own', () => {
    const before = mnet().memory().usedBytes;
    const busy = heavy();
    const t = tensor(new Float32Array(5000).fill(1));
    t.dispose();
    busy.dispose();
    expect(mnet().memory().usedBytes).toBe(before);
  });
});
