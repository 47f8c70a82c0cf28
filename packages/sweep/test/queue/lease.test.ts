import type { Job } from 'bullmq';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Lease, LeaseLost } from '../../src/queue/lease.ts';

const times = { lease: 3000, renewal: 1000 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A job whose lock is renewed as `answer` says. */
function jobOf(answer: () => Promise<number>): Job {
  return { extendLock: answer } as unknown as Job;
}

test('a lease that is renewed goes on, and says for how long', async () => {
  const until: number[] = [];
  const lease = await Lease.take(
    jobOf(async () => 1),
    't',
    times,
    (left) => until.push(left),
  );
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lease.lost.aborted).toBe(false);
  expect(until).toHaveLength(11);
  expect(new Set(until)).toEqual(new Set([3000]));
  await vi.advanceTimersByTimeAsync(500);
  expect(lease.remaining).toBe(2500);
  lease.close();
});

test('one that another has is lost when that is heard', async () => {
  let held = 1;
  const lease = await Lease.take(
    jobOf(async () => held),
    't',
    times,
  );
  held = 0;
  await vi.advanceTimersByTimeAsync(999);
  expect(lease.lost.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(lease.lost.reason).toBeInstanceOf(LeaseLost);
  expect(lease.remaining).toBe(0);
});

test('it is not begun where the job is gone', async () => {
  await expect(
    Lease.take(
      jobOf(async () => 0),
      't',
      times,
    ),
  ).rejects.toThrow(/another worker/);
});

test('without an answer it is lost at its end by the clock, counted from when the renewal was asked', async () => {
  let slow = 0;
  const answer = (): Promise<number> =>
    new Promise((resolve) => setTimeout(() => resolve(1), slow));
  const taking = Lease.take(jobOf(answer), 't', times);
  await vi.advanceTimersByTimeAsync(1);
  const lease = await taking;
  // The renewal asked at 1000 is answered at 1900: it holds until 4000.
  slow = 900;
  await vi.advanceTimersByTimeAsync(1000);
  slow = 1e9;
  await vi.advanceTimersByTimeAsync(2990);
  expect(lease.lost.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(20);
  expect(lease.lost.aborted).toBe(true);
  expect(() => lease.check()).toThrow('it was not renewed in time');
});

test('a process that was stopped finds it lost before any timer has run', async () => {
  const lease = await Lease.take(
    jobOf(async () => 1),
    't',
    times,
  );
  vi.setSystemTime(Date.now() + 3001);
  expect(lease.remaining).toBe(0);
  expect(() => lease.check()).toThrow(LeaseLost);
  expect(lease.lost.aborted).toBe(true);
});

test('it is confirmed only by an answer; what cannot answer yet is asked again', async () => {
  let asked = 0;
  let answer = async (): Promise<number> => 1;
  const job = jobOf(() => {
    asked++;
    return answer();
  });
  const lease = await Lease.take(job, 't', times);
  asked = 0;
  answer = async () => {
    if (asked < 3) throw new Error('LOADING');
    return 1;
  };
  const confirmed = lease.confirm();
  await vi.advanceTimersByTimeAsync(600);
  await confirmed;
  expect(asked).toBeGreaterThanOrEqual(3);
  answer = () => new Promise(() => {});
  const never = lease.confirm().catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(3001);
  expect(await never).toBeInstanceOf(LeaseLost);
});
