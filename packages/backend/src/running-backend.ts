import type { HeapState } from './runtime/heap.ts';
import type { KernelTime } from './runtime/runtime.ts';

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
  /** The kernels in use, such as `relaxed 0123456789ab`: other ones round in another way. */
  readonly build: string;
  /** How often JavaScript has waited for kernels that it had launched, as every read of values does. */
  readonly waits: number;
  /** The heap's bytes, as `tf.memory()` has them too. */
  memory(): MnetMemory;
  /** Runs a function, waits where it gives a promise, and tells the time spent in each kernel, longest first. */
  profile(run: () => unknown): Promise<KernelTime[]>;
}
