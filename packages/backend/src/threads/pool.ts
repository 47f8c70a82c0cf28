import { cores, hasThreads, mayBlock, startThread } from '#host';
import { Layout } from '../runtime/commands.ts';
import type { KernelExports } from '../runtime/runtime.ts';
import type { Thread } from './worker-source.ts';

/** Waits of 0.1 s without any progress after which the workers are given up. */
const PATIENCE = 300;

/**
 * The workers that run what is launched. The thread that launches helps when it waits, and never waits for a worker
 * that has not taken a chunk, so workers join as they come up and none of them is needed.
 */
export class ThreadPool {
  private readonly module: WebAssembly.Module;
  private readonly memory: WebAssembly.Memory;
  private readonly exports: KernelExports;
  private workers: Thread[] = [];
  private epoch = 0;
  private failure: string | undefined;
  readonly mayBlock: number = mayBlock() ? 1 : 0;
  readonly patience: number = PATIENCE;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, exports: KernelExports) {
    this.module = module;
    this.memory = memory;
    this.exports = exports;
    this.size = defaultThreads();
  }

  /** Threads in use, that of the caller included. */
  get size(): number {
    return this.workers.length + 1;
  }

  set size(threads: number) {
    const most = hasThreads() ? Layout.maxThreads : 1;
    if (!Number.isInteger(threads) || threads < 1 || threads > Layout.maxThreads) {
      throw new RangeError(
        `threads: got ${threads}, takes a whole number from 1 to ${Layout.maxThreads}`,
      );
    }
    if (threads > most) {
      throw new Error(
        `threads: got ${threads}, but this page is not cross-origin isolated and has one only: serve it with ` +
          'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
      );
    }
    this.epoch++;
    this.failure = undefined;
    // Workers of the last epoch leave their loop and end by themselves.
    this.exports.begin(this.epoch);
    const { module, memory, epoch } = this;
    this.workers = Array.from({ length: threads - 1 }, (_, index) => {
      const scratch = Layout.scratch + (index + 1) * Layout.scratchBytes;
      return startThread({ module, memory, index, epoch, scratch }, (reason) => {
        if (reason !== undefined && epoch === this.epoch) this.fail(index + 1, reason);
      });
    });
  }

  /** Ends all workers. */
  stop(): void {
    this.epoch++;
    this.exports.begin(this.epoch);
    for (const worker of this.workers) worker.stop();
    this.workers = [];
  }

  /**
   * Throws when a wait ended with a status that is not 0, or a worker has died since the last one.
   *
   * @param kernel the one launched last
   */
  check(status: number, kernel: string): void {
    if (status > 0) this.fail(status, `it failed in '${kernel}' or a kernel before it`);
    else if (status < 0) this.fail(0, `no progress up to '${kernel}' for ${PATIENCE / 10} s`);
    if (this.failure === undefined) return;
    const message = this.failure;
    this.stop();
    this.failure = undefined;
    throw new Error(
      `mnet: ${message}. What was computed last is lost; one thread goes on. Call setThreads(n) for new workers.`,
    );
  }

  private fail(worker: number, reason: string): void {
    this.failure ??= worker > 0 ? `worker ${worker} died: ${reason}` : `a worker died: ${reason}`;
  }
}

/** As many threads as the machine runs at once; one where threads cannot be had. */
export function defaultThreads(): number {
  return hasThreads() ? Math.max(1, Math.min(cores(), Layout.maxThreads)) : 1;
}
