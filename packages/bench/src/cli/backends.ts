import { getBackend, setBackend } from '@tensorflow/tfjs-core';

/** The backends that a command's `--backend` takes. */
export const backendNames = ['mnet', 'cpu', 'wasm', 'tensorflow'] as const;
export type BackendName = (typeof backendNames)[number];

/** Which package brings a backend. */
const packages: Readonly<Record<BackendName, string>> = {
  mnet: '@mnet/backend',
  cpu: '@tensorflow/tfjs-backend-cpu',
  wasm: '@tensorflow/tfjs-backend-wasm',
  tensorflow: '@tensorflow/tfjs-node',
};

/**
 * Loads a backend and makes it the active one. Only the named one is loaded.
 *
 * @param threads how many are to compute; undefined leaves it to the backend
 * @throws with the command that installs it where it is missing, or if it cannot have that many threads.
 */
export async function useBackend(name: BackendName, threads?: number): Promise<void> {
  if (threads !== undefined && threads > 1 && (name === 'cpu' || name === 'wasm')) {
    throw new RangeError(`threads: got ${threads}, takes 1 with the backend '${name}' in Node.js`);
  }
  if (name === 'mnet' || name === 'tensorflow') {
    const { pickBackend } = await import('@mnet/backend');
    await pickBackend({ prefer: name, ...(threads === undefined ? {} : { threads }) });
    return;
  }
  await import(packages[name]).catch((cause: unknown) => {
    throw new Error(`backend '${name}' is not installed; write: npm install ${packages[name]}`, {
      cause,
    });
  });
  if (!(await setBackend(name)) || getBackend() !== name) {
    throw new Error(`backend '${name}' does not start here`);
  }
}
