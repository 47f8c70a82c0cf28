import type { KernelBuild, RuntimeKind } from './kernel-build.ts';
import type { KernelMemory } from './kernel-memory.ts';

/** What runs the kernels: WebAssembly, or the processor itself. Addresses are bytes of its memory. */
export interface Machine {
  readonly kind: RuntimeKind;
  /** Its build of the kernels. */
  readonly build: KernelBuild;
  /** How that one rounds: machines of which this is the same give the same bits. */
  readonly rounding: string;
  readonly memory: KernelMemory;
  /** Floats of a vector. */
  readonly lanes: number;
  /** Columns of a panel of a packed matrix: some vectors. */
  readonly panel: number;
  readonly kernels: KernelCalls;
  readonly threads: Threads;
  /** Threads that are started where nobody says how many. */
  readonly defaultThreads: number;
}

/** The kernels' queue, as the thread that launches calls it. */
export interface KernelCalls {
  /** Puts a command into the queue, which must have room. */
  enqueue(command: number, chunks: number): void;
  /** Puts `count` recorded commands, one after the other at an address, into the queue, which must have room for all. */
  feed(commands: number, count: number): void;
  /** Runs a command at once, on this thread alone; the queue must be empty. */
  run(command: number, chunks: number): void;
  /**
   * Helps until at most `left` commands are left.
   *
   * @param mayBlock 1 where this thread may sleep, else 0
   * @param patience waits of 0.1 s without any progress after which it gives up
   * @returns 0; or, not done, the number of a worker that failed, or −1 where the patience ended
   */
  drain(left: number, mayBlock: number, patience: number): number;
  /** Runs `count` recorded commands one after the other; the queue must be empty. Returns what `drain` returns. */
  replay(commands: number, count: number, mayBlock: number, patience: number): number;
}

/** The threads that run what is launched, that of the caller included. */
export interface Threads {
  /** Those that compute now. */
  readonly size: number;
  /** What `drain` and `replay` take. */
  readonly mayBlock: number;
  readonly patience: number;
  /**
   * Ends the workers and starts others; nothing may be in the queue.
   *
   * @param threads that of the caller included
   * @returns when all have come or failed, or not come for long: `size`. It never rejects; fewer than asked for are a
   *   warning.
   * @throws if it is no whole number from 1 to 64, or more than there can be here
   */
  resize(threads: number): Promise<number>;
  /** Ends all workers, and gives up what is in the queue. */
  stop(): void;
  /**
   * Throws when a wait ended with a status that is not 0, or a worker has died since the last one.
   *
   * @param kernel the one launched last
   */
  check(status: number, kernel: string): void;
}

/** Waits of 0.1 s without any progress after which the workers are given up. */
export const PATIENCE = 300;

/** What is said where that patience ended. */
export function noProgress(kernel: string): string {
  return `no progress up to '${kernel}' for ${PATIENCE / 10} s`;
}

/** The error where workers were given up. */
export function threadsLost(reason: string): Error {
  return new Error(
    `mnet: ${reason}. What was computed last is lost; one thread goes on. Call setThreads(n) for new workers.`,
  );
}
