import { FileError, withLock } from '@mnet/core/files';
import { studyPaths } from './study-folder.ts';

/** How long another process's lock is waited for, in milliseconds: longer than a killed one keeps it. */
const PATIENCE = 15_000;

/**
 * Works in a study's folder, which one process does at a time.
 *
 * @param folder one that is there
 * @param work its signal is aborted with the caller's, or when the lock is lost
 */
export async function lockedStudy<T>(
  folder: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { lock } = studyPaths(folder);
  try {
    return await withLock(lock, { signal, patience: PATIENCE }, work);
  } catch (error) {
    if (error instanceof FileError && error.code === 'lock' && error.path === lock) {
      throw new Error(`${folder}: another process works on this study; wait for its end`, {
        cause: error,
      });
    }
    throw error;
  }
}
