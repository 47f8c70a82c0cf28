import { enableProdMode } from '@tensorflow/tfjs-core';

/** The backends that a command's `--backend` takes. */
export const backendNames = ['mnet', 'cpu', 'wasm', 'tensorflow'] as const;
export type BackendName = (typeof backendNames)[number];

/**
 * Makes a backend the active one. Only the named one is loaded.
 *
 * @param threads how many are to compute; undefined leaves it to the backend
 * @throws with the command that installs it where it is missing, or if it cannot have that many threads.
 */
export async function useBackend(name: BackendName, threads?: number): Promise<void> {
  if (threads !== undefined && threads > 1 && (name === 'cpu' || name === 'wasm')) {
    throw new RangeError(`threads: got ${threads}, takes 1 with the backend '${name}' in Node.js`);
  }
  enableProdMode(); // or the cpu backend advertises another one on stderr
  const { pickBackend } = await import('@mnet/backend');
  await pickBackend({ prefer: name, ...(threads === undefined ? {} : { threads }) });
}
