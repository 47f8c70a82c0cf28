import type { HeapState } from './runtime/heap.ts';
import type { KernelBuild, RuntimeKind } from './runtime/kernel-build.ts';
import type { KernelTime } from './runtime/device.ts';

/** What `tf.memory()` adds for this backend. */
export interface MnetMemory extends HeapState {
  /** Always false: the heap counts every byte. */
  unreliable: boolean;
  /** Why it would be unreliable: none. */
  reasons: string[];
}

/** The running backend, as a program sees it. */
export interface RunningBackend {
  /** Threads that compute now: the caller's, and those of the workers that have come. */
  readonly threads: number;
  /** What runs the kernels: `native`, the processor's own code, or `wasm`. */
  readonly runtime: RuntimeKind;
  /** The build of the kernels, such as `x86-64-v3` or `relaxed`. */
  readonly kernelBuild: KernelBuild;
  /**
   * How the kernels round, such as `fused 0123456789ab`: whether multiply-adds are fused, and a digest of the kernels'
   * source. Builds of which this is the same give the same bits.
   */
  readonly build: string;
  /** How often JavaScript has waited for kernels that it had launched, as every read of values does. */
  readonly waits: number;
  /** The heap's bytes, as `tf.memory()` has them too. */
  memory(): MnetMemory;
  /** Runs a function, waits where it gives a promise, and tells the time spent in each kernel, longest first. */
  profile(run: () => unknown): Promise<KernelTime[]>;
}
