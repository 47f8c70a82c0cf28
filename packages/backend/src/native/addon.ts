import type { KernelCalls } from '../runtime/machine.ts';
import type { NativeBuild } from '../runtime/kernel-build.ts';

/** A runtime that the addon has opened (native/addon.c). */
export interface NativeRuntime extends KernelCalls {
  readonly lanes: number;
  readonly panel: number;
  /** Workers that have come. */
  workers(): number;
  /** In a build with AddressSanitizer: says whether bytes of the memory may be touched. */
  mark?(address: number, bytes: number, used: number): void;
  /** Ends the workers, gives up what is in the queue, and starts so many others; gives how many there are now. */
  start(workers: number): number;
}

/** What the addon exports. */
export interface Addon {
  /** Those that this processor runs, the fastest first. */
  readonly builds: readonly NativeBuild[];
  /**
   * @param buffer stays in use as long as the runtime
   * @param control where in it the queue lies, then where the threads' own memory does, and how much each has
   * @throws if this processor does not run the build, or the memory is too small
   */
  open(
    build: NativeBuild,
    buffer: ArrayBuffer,
    control: number,
    threads: number,
    threadBytes: number,
  ): NativeRuntime;
}
