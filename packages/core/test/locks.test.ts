import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '@mnet/core/files';
import { expect, onTestFinished, test, vi } from 'vitest';
import { enter } from '../src/files/lockfile-browser.ts';
import { failure, temporaryFolder } from './helpers/files.ts';
import { nodeFlags } from '../../../tools/processes/start.mjs';

const program = fileURLToPath(new URL('helpers/lock-child.ts', import.meta.url));

test('one works at a time, and the lock is gone at the end, also after an error', async () => {
  const dir = await temporaryFolder();
  const lock = join(dir, 'a.lock');
  let working = 0;
  const work = async (n: number): Promise<number> => {
    working += 1;
    expect([working, existsSync(lock)]).toEqual([1, true]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    working -= 1;
    if (n === 2) throw new RangeError('mine');
    return n;
  };
  const all = await Promise.allSettled(
    [0, 1, 2, 3].map((n) => withLock(lock, { poll: 5 }, () => work(n))),
  );
  expect(all.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  expect(await readdir(dir)).toEqual([]);
});

test('who waits says so, and can give up', async () => {
  const lock = join(await temporaryFolder(), 'a.lock');
  await withLock(lock, {}, async () => {
    const abort = new AbortController();
    const onWait = (): void => abort.abort(new Error('not any more'));
    const waiting = withLock(lock, { signal: abort.signal, onWait }, async () => {});
    await expect(waiting).rejects.toThrow('not any more');
    const error = await failure(withLock(lock, { poll: 1, patience: 20 }, async () => {}));
    expect(error).toMatchObject({ code: 'lock', path: lock });
    expect(error.message).toMatch(/another process holds the lock, for more than 0\.02 s/);
  });
});

test('a lock that gives no sign of life is void', async () => {
  const lock = join(await temporaryFolder(), 'a.lock');
  await mkdir(lock);
  const past = new Date(Date.now() - 60_000);
  await utimes(lock, past, past);
  expect(await withLock(lock, {}, async () => 'mine')).toBe('mine');
  expect(existsSync(lock)).toBe(false);
});

test('who has lost the lock is told, and leaves it to the other', async () => {
  const lock = join(await temporaryFolder(), 'a.lock');
  const setTimer = vi.spyOn(globalThis, 'setTimeout');
  const reason = await withLock(lock, {}, async (signal) => {
    // The next sign of life is due in seconds; it comes now.
    const beat = setTimer.mock.calls.findLast(([, delay]) => delay === 5000)![0];
    await rm(lock, { recursive: true });
    beat();
    await once(signal, 'abort');
    await mkdir(lock);
    return signal.reason as Error;
  });
  setTimer.mockRestore();
  expect(reason.message).toContain(`${lock}: the lock was lost to another process`);
  expect(existsSync(lock)).toBe(true);
});

test('a lock that cannot be made is named', async () => {
  const dir = await temporaryFolder();
  await writeFile(join(dir, 'plain'), '');
  const error = await failure(withLock(join(dir, 'plain', 'a.lock'), {}, async () => {}));
  expect(error.message).toMatch(/a\.lock: ENOTDIR while making the lock/);
  const missing = await failure(withLock(join(dir, 'no', 'a.lock'), {}, async () => {}));
  expect(missing.message).toMatch(/a\.lock: ENOENT while making the lock/);
});

test('in a browser there are none', async () => {
  await expect(enter()).rejects.toThrow('locks need Node.js');
});

test('signals are listened to only while a lock is held', async () => {
  const lock = join(await temporaryFolder(), 'a.lock');
  const count = (): number => process.listenerCount('SIGINT');
  const before = count();
  await withLock(lock, {}, async () => expect(count()).toBe(before + 1));
  expect(count()).toBe(before);
});

// Windows has no signals: a process is ended there without a chance to clean up.
test.skipIf(process.platform === 'win32').each([
  ['SIGINT', false],
  ['SIGKILL', true],
] as const)('a process that ends by %s leaves its lock: %j', async (signal, left) => {
  const dir = await temporaryFolder();
  const lock = join(dir, 'a.lock');
  const child = spawn(process.execPath, [...nodeFlags, program, lock], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  const waits = await failure(withLock(lock, { poll: 1, patience: 5 }, async () => {}));
  expect(waits.code).toBe('lock');
  child.kill(signal);
  expect(await ended).toEqual([null, signal]);
  expect(existsSync(lock)).toBe(left);
});
