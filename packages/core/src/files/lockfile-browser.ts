import type { LockLibrary } from './lockfile.ts';

/** Rejects: in a browser there is no file to lock, and its bundles do without the library. */
export function enter(): Promise<LockLibrary> {
  return Promise.reject(new Error('files: locks need Node.js, there is no file system here'));
}
