import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as Lockfile from 'proper-lockfile';
import { DataFileError, fileSystemError } from './errors.ts';
import { kindOf } from './kind.ts';
import type { OnProgress } from './progress.ts';

/** How often a waiting process looks again, in milliseconds. */
const POLL = 250;
/** After how long without a sign of life another process's lock is void, in milliseconds. */
const STALE = 10_000;

/** How a lock is waited for. */
export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Runs `work` while no other process works on `path`: waits for as long as another one does, and
 * shows its own life by touching `path.lock`, which is gone at the end, also after Ctrl-C. The signal
 * given to `work` is aborted when the caller's is, or when the lock is lost.
 */
export async function withLock<T>(
  path: string,
  { signal, onProgress }: LockOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const lockfile = await loadLockfile();
  try {
    const release = await acquire(lockfile.lock, path, lost, signal, onProgress);
    try {
      return await work(AbortSignal.any(signal ? [signal, lost.signal] : [lost.signal]));
    } finally {
      // A lost lock is another process's now.
      if (!lost.signal.aborted) await release();
    }
  } finally {
    lockfile.leave();
  }
}

/** Loads that hold a lock or wait for one. */
let users = 0;
/** Whether signals were listened to in this way before the first of them; unknown until then. */
let othersListen: boolean | undefined;

/**
 * Loads proper-lockfile when it is needed: from then on it listens to signals, to remove locks, and ends the process
 * where it is the last to listen, which it also is beside `process.once('SIGINT', …)`. So it listens only until the
 * last load leaves, but for where another package listens in the same way.
 */
async function loadLockfile(): Promise<{ lock: typeof Lockfile.lock; leave: () => void }> {
  users++;
  othersListen ??= '__signal_exit_emitter__' in process;
  const { default: lockfile } = await import('proper-lockfile');
  const signals = signalListener();
  signals?.load();
  const leave = (): void => {
    users--;
    if (users === 0 && othersListen !== true) signals?.unload();
  };
  return { lock: lockfile.lock, leave };
}

/** What proper-lockfile listens to signals with. */
function signalListener(): { load(): void; unload(): void } | undefined {
  try {
    const file = createRequire(import.meta.url).resolve('proper-lockfile');
    return createRequire(file)('signal-exit');
  } catch {
    // In a bundle for Node there is nothing to resolve.
    return undefined;
  }
}

async function acquire(
  lock: typeof Lockfile.lock,
  path: string,
  lost: AbortController,
  signal: AbortSignal | undefined,
  onProgress: OnProgress | undefined,
): Promise<() => Promise<void>> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await lock(path, {
        realpath: false,
        stale: STALE,
        onCompromised: (cause) => {
          const message = 'the lock was lost to another process (was this one asleep?). Run again';
          lost.abort(new DataFileError('lock', `${path}.lock`, message, { cause }));
        },
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // In a folder that is there, ENOENT says that another process took the lock over in that moment.
      const again = code === 'ENOENT' && (await kindOf(dirname(path))) === 'folder';
      if (code !== 'ELOCKED' && !again) {
        throw fileSystemError(error, `${path}.lock`, 'making the lock');
      }
      onProgress?.({ phase: 'wait', path, loaded: 0 });
      await sleep(POLL, undefined, signal && { signal });
    }
  }
}
