import type * as Lockfile from 'proper-lockfile';
import { nodeModules } from './node.ts';

/** Takes a lock once, or rejects with the code ELOCKED; gives what lets it go. */
export type Acquire = (
  lock: string,
  stale: number,
  onLost: (error: Error) => void,
) => Promise<() => Promise<void>>;

/** proper-lockfile, for as long as it is used. */
export interface LockLibrary {
  readonly acquire: Acquire;
  /** To be called once, when the lock is not held or waited for any more. */
  readonly leave: () => void;
}

/** Who holds a lock or waits for one. */
let users = 0;
/** Whether signals were listened to in this way before the first of them; unknown until then. */
let othersListen: boolean | undefined;

/**
 * Loads proper-lockfile when it is needed: from then on it listens to signals, to remove locks, and ends the process
 * where it is the last to listen, which it also is beside `process.once('SIGINT', …)`. So it listens only until the
 * last user leaves, but for where another package listens in the same way.
 */
export async function enter(): Promise<LockLibrary> {
  users++;
  othersListen ??= '__signal_exit_emitter__' in process;
  const { default: library } = await import('proper-lockfile');
  const signals = signalListener();
  signals?.load();
  return {
    acquire: acquirer(library),
    leave: () => {
      users--;
      if (users === 0 && othersListen !== true) signals?.unload();
    },
  };
}

function acquirer(library: Pick<typeof Lockfile, 'lock'>): Acquire {
  return (lock, stale, onLost) =>
    // The library knows files by their path and so their locks, of which there may be no file here.
    library.lock(lock, { realpath: false, lockfilePath: lock, stale, onCompromised: onLost });
}

/** What proper-lockfile listens to signals with. */
function signalListener(): { load(): void; unload(): void } | undefined {
  const { createRequire } = nodeModules('files');
  try {
    const file = createRequire(import.meta.url).resolve('proper-lockfile');
    return createRequire(file)('signal-exit');
  } catch {
    // In a bundle for Node there is nothing to resolve.
    return undefined;
  }
}
