import { oneOf } from '@mnet/core/check';
import { warnOfCopies } from '@mnet/ops';
import { engine, findBackendFactory, registerBackend } from '@tensorflow/tfjs-core';
import { MnetBackend } from './backend.ts';
import { chooseMachine, type Wanted } from './choose-machine.ts';
import { registerKernels } from './kernels/register.ts';
import { Device } from './runtime/device.ts';
import { type KernelBuild, runtimeOf } from './runtime/kernel-build.ts';
import type { RunningBackend } from './running-backend.ts';

/** The backend's name for tf.setBackend. */
export const backendName = 'mnet';

/** Between wasm (2) and webgl (2, 3 where it is fast): the fastest that trains without a GPU. */
const PRIORITY = 2;

let wanted: Wanted = {};
let kernelsRegistered = false;
/** Why the backend did not start the last time: tfjs only warns of it. */
let startError: Error | undefined;

/**
 * Registers the backend and its kernels. Importing this package does it; call it after tf.removeBackend('mnet') to
 * start the backend again. Does nothing where it is registered.
 */
export function registerMnet(): void {
  if (findBackendFactory(backendName) !== null) return;
  registerBackend(backendName, start, PRIORITY);
  if (!kernelsRegistered) registerKernels(backendName);
  kernelsRegistered = true;
}

async function start(): Promise<MnetBackend> {
  startError = undefined;
  // Not at the registration: by now all that the program imports has loaded.
  warnOfCopies();
  try {
    const { machine, notNative } = await chooseMachine(wanted);
    const device = new Device(machine);
    await device.setThreads(machine.defaultThreads);
    const backend = new MnetBackend(device, notNative);
    // tfjs drops one that was removed, or started again, meanwhile; its workers must not stay.
    setTimeout(() => {
      if (!Object.values(engine().registry).includes(backend)) backend.dispose();
    });
    return backend;
  } catch (error) {
    startError = error as Error;
    throw error;
  }
}

/**
 * Chooses the build of the kernels, and with it the runtime; takes effect when the backend starts, so call it before
 * tf.setBackend. Undefined: the fastest that this machine runs.
 *
 * @throws if there is no such build, or the backend has started. That a build does not run here is an error of the start.
 */
export function setKernelBuild(build: KernelBuild | undefined): void {
  if (startedBackend()) {
    throw new Error(
      `setKernelBuild: the backend has started already, call it before tf.setBackend('mnet')`,
    );
  }
  if (build !== undefined)
    oneOf(build, Object.keys(runtimeOf) as KernelBuild[], 'setKernelBuild: build');
  wanted = { ...wanted, build };
}

/** Chooses what is to run the kernels, and how much memory it may have, when the backend starts. */
export function setWanted({ runtime, memoryLimit }: Omit<Wanted, 'build'>): void {
  wanted = { ...wanted, runtime, memoryLimit };
}

/** What the backend that runs was asked to be: nothing changes it after the start. */
export function startedWith(): Readonly<Wanted> {
  return wanted;
}

/**
 * The running backend.
 *
 * @throws if it has not been started, with the reason where it could not be.
 */
export function mnet(): RunningBackend {
  return runningBackend();
}

/** The backend, if it has started. */
export function startedBackend(): MnetBackend | undefined {
  const backend: unknown = engine().registry[backendName];
  return backend instanceof MnetBackend ? backend : undefined;
}

/** The running backend with its insides, for what stands in this package. */
export function runningBackend(): MnetBackend {
  const backend: unknown = engine().registry[backendName];
  if (backend instanceof MnetBackend) return backend;
  if (backend !== undefined) {
    const { place = 'an unknown place' } = backend as Partial<MnetBackend>;
    throw new Error(
      `the backend 'mnet' that runs is of another copy of @mnet/backend (${place}) than this one (${import.meta.url}): have one copy, \`npm ls @mnet/backend\` says who asks for which`,
    );
  }
  if (startError) {
    throw new Error(`the backend 'mnet' did not start: ${startError.message}`, {
      cause: startError,
    });
  }
  throw new Error(`the backend 'mnet' is not running: await tf.setBackend('mnet') first`);
}

/** Why the backend could not be started the last time. */
export function whyNotStarted(): string | undefined {
  return startError?.message;
}

/**
 * Sets the number of threads, that of the caller included; the default is the number of cores. Kernels may be
 * launched at once; until the workers have come, those run on the threads that there are.
 *
 * @param threads from 1 to 64; more than 1 only where threads can be had (Node, or a cross-origin isolated page)
 * @returns a promise of the threads that compute, when the workers have come: fewer than asked for only where a
 *   worker cannot start (a warning says why). It never rejects.
 * @throws at the call, if `threads` is out of range or cannot be had
 */
export function setThreads(threads: number): Promise<number> {
  return runningBackend().device.setThreads(threads);
}

/** The number of threads that compute now; right after {@link setThreads} its workers may not have come yet. */
export function getThreads(): number {
  return runningBackend().threads;
}
