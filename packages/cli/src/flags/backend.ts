import { oneOf } from '@mnet/core/check';
import { choice, integer, optional, options, type Resolved } from '@mnet/core/options';
import type { BackendName as AnyBackendName, KernelBuild } from '@mnet/backend';
import { enableProdMode } from '@tensorflow/tfjs-core';
import type { Command } from 'commander';
import { addFlags } from './flag.ts';

/** The backends that `--backend` takes. */
export const backendNames = [
  'mnet',
  'cpu',
  'wasm',
  'tensorflow',
] as const satisfies readonly AnyBackendName[];
/** One of {@link backendNames}. */
export type BackendName = (typeof backendNames)[number];

const backendOptions = options({
  /** The TensorFlow.js backend, default `mnet`. */
  backend: optional(choice(backendNames), 'mnet'),
  /** Threads that compute; the backend decides where it is left out. */
  threads: optional(integer({ min: 1, max: 64 })),
});

/** Where a command computes. */
export interface BackendFlags extends Resolved<typeof backendOptions> {}

/** Adds the flags of {@link BackendFlags}. */
export function addBackendFlags(command: Command): Command {
  return addFlags(command, backendOptions, {
    backend: ['--backend <name>', 'TensorFlow.js backend'],
    threads: ['--threads <n>', 'threads that compute (default: the backend decides)'],
  });
}

/**
 * Makes a backend the active one. Only the named one is loaded.
 *
 * @param threads how many are to compute; undefined leaves it to the backend
 * @param kernels of `mnet`: `native` or `wasm`, or a build of its kernels; undefined leaves it to the backend
 * @throws with the command that installs it where it is missing, or if it cannot have that many threads.
 */
export async function useBackend(
  name: BackendName,
  threads?: number,
  kernels?: string,
): Promise<void> {
  if (threads !== undefined && threads > 1 && (name === 'cpu' || name === 'wasm')) {
    throw new RangeError(`threads: got ${threads}, takes 1 with the backend '${name}' in Node.js`);
  }
  enableProdMode(); // or the cpu backend advertises another one on stderr
  const { kernelBuilds, pickBackend, setKernelBuild } = await import('@mnet/backend');
  const runtime = kernels === 'native' || kernels === 'wasm' ? kernels : undefined;
  if (kernels !== undefined && runtime === undefined) {
    oneOf(kernels as KernelBuild, kernelBuilds(), 'kernels');
    setKernelBuild(kernels as KernelBuild);
  }
  await pickBackend({
    prefer: name,
    ...(threads !== undefined && { threads }),
    ...(runtime !== undefined && { runtime }),
  });
}
