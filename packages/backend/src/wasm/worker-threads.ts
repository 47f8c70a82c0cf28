import { cores, hasThreads, mayBlock, startThread } from '#host';
import { checkThreads } from '../runtime/check-threads.ts';
import { noProgress, PATIENCE, type Threads, threadsLost } from '../runtime/machine.ts';
import { Layout } from '../runtime/layout.ts';
import type { KernelExports } from './exports.ts';
import type { Thread } from './worker-source.ts';

/** How long is waited for workers that neither come nor fail; they may still come later. */
const ARRIVAL_MS = 30_000;

/**
 * The workers that run what is launched. The thread that launches helps when it waits, and never waits for a worker
 * that has not taken a chunk, so workers join as they come up and none of them is needed.
 */
export class WorkerThreads implements Threads {
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
    this.begin();
  }

  get size(): number {
    return this.exports.workers() + 1;
  }

  resize(threads: number): Promise<number> {
    checkThreads(threads);
    if (threads > 1 && !hasThreads()) {
      throw new Error(
        `threads: got ${threads}, but this page is not cross-origin isolated and has one only: serve it with ` +
          'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
      );
    }
    this.begin();
    return this.arrival(Array.from({ length: threads - 1 }, (_, i) => this.start(i + 1)));
  }

  stop(): void {
    const { workers } = this;
    this.begin();
    for (const worker of workers) worker.stop();
  }

  check(status: number, kernel: string): void {
    if (status > 0) this.fail(status, `it failed in '${kernel}' or a kernel before it`);
    else if (status < 0) this.fail(0, noProgress(kernel));
    if (this.failure === undefined) return;
    const message = this.failure;
    this.stop();
    throw threadsLost(message);
  }

  /** An empty queue and no workers; those of the last epoch leave their loop and end by themselves. */
  private begin(): void {
    this.epoch++;
    this.failure = undefined;
    this.exports.begin(this.epoch);
    this.workers = [];
  }

  /** Starts a worker; the promise is of a reason why it has not come. */
  private start(index: number): Promise<string | undefined> {
    const { module, memory, epoch } = this;
    return new Promise((resolve) => {
      let here = false;
      const come = (): void => {
        here = true;
        resolve(undefined);
      };
      const end = (reason?: string): void => {
        // One that never came has taken no chunk, so that nothing is lost.
        const came = here || this.size > this.workers.length;
        if (came && reason !== undefined && epoch === this.epoch) this.fail(index, reason);
        resolve(reason);
      };
      try {
        const start = { module, memory, index, epoch };
        this.workers.push(startThread(start, { come, end }));
      } catch (error) {
        resolve((error as Error).message);
      }
    });
  }

  private async arrival(starts: Promise<string | undefined>[]): Promise<number> {
    const { epoch } = this;
    const end = performance.now() + ARRIVAL_MS;
    let timer: ReturnType<typeof setInterval> | undefined;
    // The count in shared memory is looked at too, for hosts that hold a busy worker's messages back. The timer also
    // keeps Node alive while the workers, which do not, come up.
    const counted = new Promise<string[]>((resolve) => {
      timer = setInterval(() => {
        if (epoch !== this.epoch || this.size > starts.length) resolve([]);
        else if (performance.now() > end) resolve([`not come within ${ARRIVAL_MS / 1000} s`]);
      }, 10);
    });
    const reasons = await Promise.race([Promise.all(starts), counted]);
    clearInterval(timer);
    const reason = reasons.find((r) => r !== undefined);
    if (reason !== undefined && epoch === this.epoch) {
      console.warn(`mnet: ${this.size} of ${starts.length + 1} threads: ${reason}`);
    }
    return this.size;
  }

  private fail(worker: number, reason: string): void {
    this.failure ??= worker > 0 ? `worker ${worker} died: ${reason}` : `a worker died: ${reason}`;
  }
}

/** As many threads as the machine runs at once; one where threads cannot be had. */
export function defaultThreads(): number {
  return hasThreads() ? Math.max(1, Math.min(cores(), Layout.maxThreads)) : 1;
}
