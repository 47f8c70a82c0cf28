import { FileError, fileSystemError } from './errors.ts';
import { kindOf } from './kind.ts';
import { nodeModules } from './node.ts';
import { pause } from './pause.ts';

/** After how long without a sign of life another process's lock is void, in milliseconds. */
const STALE = 10_000;

/** How a lock is waited for. */
export interface LockWatch {
  readonly signal?: AbortSignal | undefined;
  /** Called at each look, while another process holds it. */
  readonly onWait?: (() => void) | undefined;
  /** How often a waiting process looks again, in milliseconds; default 250. */
  readonly poll?: number;
  /** How long it waits, in milliseconds; without end unless given. */
  readonly patience?: number;
}

/**
 * Runs `work` while no other process holds this lock, nor anyone else in this one: waits for as long as another does, and
 * shows its own life by touching the lock, which is gone at the end, also after Ctrl-C. A lock that gave no sign of life
 * for 10 seconds is void. The signal given to `work` is aborted when the caller's is, or when the lock is lost.
 *
 * @param lock the lock's own path, such as `archive.lock`: a folder that is made in one that is there
 * @throws FileError with the code `lock` where it is held for longer than `patience`; others where it cannot be made
 */
export async function withLock<T>(
  lock: string,
  { signal, onWait, poll = 250, patience = Number.POSITIVE_INFINITY }: LockWatch,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  // What it stands for depends on where this runs: package.json, "imports".
  const { enter } = await import('#lockfile');
  const { acquire, leave } = await enter();
  try {
    const release = await take(acquire);
    try {
      return await work(AbortSignal.any(signal ? [signal, lost.signal] : [lost.signal]));
    } finally {
      // A lost lock is another process's now.
      if (!lost.signal.aborted) await release();
    }
  } finally {
    leave();
  }

  async function take(acquireLock: typeof acquire): Promise<() => Promise<void>> {
    const { path } = nodeModules('files');
    const start = performance.now();
    for (;;) {
      signal?.throwIfAborted();
      try {
        return await acquireLock(lock, STALE, (cause) => {
          const message = 'the lock was lost to another process (was this one asleep?). Run again';
          lost.abort(new FileError('lock', lock, message, { cause }));
        });
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // In a folder that is there, ENOENT says that another process took the lock over in that moment.
        const again = code === 'ENOENT' && (await kindOf(path.dirname(lock))) === 'folder';
        if (code !== 'ELOCKED' && !again) throw fileSystemError(error, lock, 'making the lock');
        if (performance.now() - start > patience) {
          const message = `another process holds the lock, for more than ${patience / 1000} s. Try again`;
          throw new FileError('lock', lock, message, { cause: error });
        }
        onWait?.();
        await pause(poll, signal);
      }
    }
  }
}
