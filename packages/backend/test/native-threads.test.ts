import { expect, test, vi } from 'vitest';
import type { NativeRuntime } from '../src/native/addon.ts';
import { NativeThreads } from '../src/native/native-threads.ts';

/** A runtime whose system lets at most `most` workers start, each of which comes after some looks. */
function runtime(most: number): { runtime: NativeRuntime; started: number[] } {
  const started: number[] = [];
  let workers = 0;
  let looks = 0;
  const start = (n: number): number => {
    started.push(n);
    workers = Math.min(n, most);
    looks = 0;
    return workers;
  };
  const come = (): number => (++looks > 2 ? workers : 0);
  return { runtime: { start, workers: come } as unknown as NativeRuntime, started };
}

test('waits until the workers have come, and warns where the system lets fewer start', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const four = new NativeThreads(runtime(8).runtime);
  expect(await four.resize(4)).toBe(4);
  expect(warn).not.toHaveBeenCalled();
  const few = new NativeThreads(runtime(2).runtime);
  expect(await few.resize(8)).toBe(3);
  expect(warn).toHaveBeenCalledWith('mnet: 3 of 8 threads: the system lets no more start');
  expect(() => few.resize(65)).toThrow(/threads: got 65, takes a whole number from 1 to 64/);
  warn.mockRestore();
});

test('workers that are asked for while others come take their place', async () => {
  const { runtime: slow, started } = runtime(8);
  const threads = new NativeThreads(slow);
  const first = threads.resize(8);
  expect(await threads.resize(2)).toBe(2);
  // Those that compute then.
  expect([1, 2]).toContain(await first);
  expect(started).toEqual([7, 1]);
});

test('a wait without progress ends with an error, and one thread', () => {
  const { runtime: stuck, started } = runtime(8);
  const threads = new NativeThreads(stuck);
  expect(() => threads.check(0, 'matmul')).not.toThrow();
  expect(() => threads.check(-1, 'matmul')).toThrow(
    /mnet: no progress up to 'matmul' for 30 s\. .* Call setThreads\(n\) for new workers\./,
  );
  expect(started).toEqual([0]);
});
