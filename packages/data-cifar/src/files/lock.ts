import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
  const release = await acquire(path, lost, signal, onProgress);
  try {
    return await work(AbortSignal.any(signal ? [signal, lost.signal] : [lost.signal]));
  } finally {
    // A lost lock is another process's now.
    if (!lost.signal.aborted) await release();
  }
}

async function acquire(
  path: string,
  lost: AbortController,
  signal: AbortSignal | undefined,
  onProgress: OnProgress | undefined,
): Promise<() => Promise<void>> {
  // Loaded when it is needed: it listens to signals and wraps parts of fs from then on.
  const { default: lockfile } = await import('proper-lockfile');
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await lockfile.lock(path, {
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
