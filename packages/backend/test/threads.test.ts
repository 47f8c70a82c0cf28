import { getThreads, setThreads } from '@mnet/backend';
import {
  add,
  mul,
  ones,
  scalar,
  setBackend,
  type Tensor,
  tensor1d,
  tidy,
  time,
  zeros,
} from '@tensorflow/tfjs-core';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runningBackend } from '../src/register-backend.ts';
import './compare.ts';
import { tinyNetwork } from './network.ts';
import { nodeFlags } from '../../../tools/processes/start.mjs';

const native = process.env.MNET_RUNTIME === 'native';

beforeAll(async () => {
  await setBackend('mnet');
});
afterAll(() => setThreads(1));

/** The weights after 100 steps on so many threads. */
async function train(threads: number): Promise<Float32Array[]> {
  await setThreads(threads);
  const network = tinyNetwork();
  const losses: number[] = [];
  for (let i = 0; i < 100; i++) losses.push(network.step());
  expect(losses[99]).toBeLessThan((losses[0] as number) / 2);
  const weights = network.variables.map((v) => v.dataSync() as Float32Array);
  network.dispose();
  return weights;
}

describe('threads', () => {
  test('1, 2 and 4 threads train to the same bits', async () => {
    const one = await train(1);
    expect(await train(2)).toEqual(one);
    expect(await train(4)).toEqual(one);
  });

  test('a number that cannot be is named, one that can be is what runs', async () => {
    expect(() => setThreads(0)).toThrow(/threads: got 0, takes a whole number from 1 to 64/);
    expect(() => setThreads(2.5)).toThrow(/threads: got 2.5/);
    const three = setThreads(3);
    expect(await three).toBe(3);
    expect(getThreads()).toBe(3);
  });

  // The system's own threads end with their runtime alone.
  test.skipIf(native)(
    'a worker that ends by itself is an error, and one thread goes on',
    async () => {
      await setThreads(2);
      const [worker] = (
        runningBackend().device.threads as unknown as { workers: { kill(): void }[] }
      ).workers;
      worker?.kill();
      const big = ones([512, 512]);
      let message = '';
      // The end of a thread is told by the event loop, when it comes to it.
      while (!message) {
        await new Promise((resolve) => setImmediate(resolve));
        try {
          add(big, big).dispose();
        } catch (error) {
          message = (error as Error).message;
        }
      }
      expect(message).toMatch(/worker 1 died: exit code \d.*setThreads/s);
      expect(getThreads()).toBe(1);
      expect(add(big, big).dataSync()[5]).toBe(2);
      await setThreads(2);
      expect(add(big, big).dataSync()[7]).toBe(2);
    },
  );

  // The processor's own code has no bounds but those that are checked before a launch.
  test.skipIf(native)(
    'a kernel that fails, on whatever thread, is an error at once, and what follows is right',
    async () => {
      for (let i = 0; i < 4; i++) {
        await setThreads(2);
        const { device } = runningBackend();
        const beyond = 2 ** 31;
        expect(() => {
          device.launch('fill', 64, { out: beyond, count: 2 ** 20, word: 1 });
          device.finish();
        }).toThrow(/memory access out of bounds|worker 1 died: it failed in 'fill'/);
        const big = ones([512, 512]);
        expect(add(big, big).dataSync()[5]).toBe(2);
      }
    },
  );

  test('a finished program ends although workers wait', () => {
    const program = `
      import '@mnet/backend';
      import { add, ones, setBackend } from '@tensorflow/tfjs-core';
      await setBackend('mnet');
      console.log(String(add(ones([300, 300]), 1).dataSync()[3]));`;
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const flags = [...nodeFlags, '--input-type=module', '-e', program];
    expect(execFileSync(process.execPath, flags, { cwd, timeout: 300_000 }).toString()).toBe('2\n');
  });
});

test("launches run in their order, numbers written between them too, past the queue's end", async () => {
  await setThreads(2);
  const size = 5000;
  let y: Tensor = zeros([size]);
  let want = 0;
  const step = tensor1d(Float32Array.from({ length: size }, (_, i) => i % 3));
  for (let i = 0; i < 1500; i++) {
    const next = tidy(() =>
      add(add(mul(y, 0.5), scalar(i % 7)), i % 5 === 0 ? step : zeros([size])),
    );
    y.dispose();
    y = next;
    want = Math.fround(want * 0.5 + (i % 7)) + (i % 5 === 0 ? 2 : 0);
  }
  expect((await y.data())[5]).toBeCloseTo(want, 3);
  const { kernelMs } = await time(() => add(y, 1).dispose());
  expect(kernelMs).toBeGreaterThan(0);
  y.dispose();
});

test('threads that come and go between launches and in the middle of them', async () => {
  const size = 70_000;
  const start = zeros([size]);
  let asked: Promise<number> = Promise.resolve(1);
  for (let i = 0; i < 24; i++) {
    let y: Tensor = start;
    for (let k = 0; k < 50; k++) {
      const next = add(y, 1);
      if (y !== start) y.dispose();
      y = next;
      // Workers that have not come yet, have just come, or look for work all meet the new queue.
      if (k % 10 === i % 10) asked = setThreads(1 + ((3 * i + k) % 4));
    }
    if (i % 3 === 0) await asked;
    const values = y.dataSync();
    y.dispose();
    expect(values.every((v) => v === 50)).toBe(true);
  }
});
