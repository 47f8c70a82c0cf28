import { engine, findBackend, findBackendFactory, registerBackend } from '@tensorflow/tfjs-core';
import { MnetBackend } from './backend.ts';
import { registerKernels } from './kernels/register.ts';
import type { KernelBuild } from './runtime/build.ts';
import { Runtime } from './runtime/runtime.ts';

/** The backend's name for tf.setBackend. */
export const backendName = 'mnet';

/** Between wasm (2) and webgl (2, 3 where it is fast): the fastest that trains without a GPU. */
const PRIORITY = 2;

let build: KernelBuild | undefined;

/** Registers the backend and its kernels; done once when this package is imported. */
export function registerMnet(): void {
  if (findBackendFactory(backendName) !== null) return;
  registerBackend(backendName, async () => new MnetBackend(await Runtime.create(build)), PRIORITY);
  registerKernels(backendName);
}

/** Chooses the build of the kernels; takes effect when the backend starts, so call it before tf.setBackend. */
export function setKernelBuild(wanted: KernelBuild | undefined): void {
  if (engine().registry[backendName]) {
    throw new Error(
      `setKernelBuild: the backend has started already, call it before tf.setBackend('mnet')`,
    );
  }
  build = wanted;
}

/** The running backend; throws when it has not been started. */
export function mnet(): MnetBackend {
  const backend = findBackend(backendName);
  if (backend instanceof MnetBackend) return backend;
  throw new Error(`the backend 'mnet' is not running: await tf.setBackend('mnet') first`);
}

/**
 * Sets the number of threads, that of the caller included; the default is the number of cores.
 *
 * @param threads from 1 to 64; more than 1 only where threads can be had (Node, or a cross-origin isolated page)
 */
export function setThreads(threads: number): void {
  mnet().runtime.setThreads(threads);
}

/** The number of threads in use. */
export function getThreads(): number {
  return mnet().threads;
}
