import { checkThreads } from '../runtime/check-threads.ts';
import { noProgress, PATIENCE, type Threads, threadsLost } from '../runtime/machine.ts';
import type { NativeRuntime } from './addon.ts';

/** The system's own threads: they sleep between launches, hold no process, and no kernel ends one. */
export class NativeThreads implements Threads {
  readonly mayBlock = 1;
  readonly patience: number = PATIENCE;
  private readonly runtime: NativeRuntime;
  /** How often workers were started: of those before, nobody waits any more. */
  private starts = 0;

  constructor(runtime: NativeRuntime) {
    this.runtime = runtime;
  }

  get size(): number {
    return this.runtime.workers() + 1;
  }

  resize(threads: number): Promise<number> {
    checkThreads(threads);
    const started = this.start(threads - 1);
    if (started < threads - 1)
      console.warn(`mnet: ${started + 1} of ${threads} threads: the system lets no more start`);
    return this.arrival(this.starts, started);
  }

  stop(): void {
    this.start(0);
  }

  private start(workers: number): number {
    this.starts++;
    return this.runtime.start(workers);
  }

  /** They come by themselves, within a millisecond unless the processor is busy. */
  private async arrival(start: number, workers: number): Promise<number> {
    while (start === this.starts && this.runtime.workers() < workers)
      await new Promise((resolve) => setTimeout(resolve, 1));
    return this.size;
  }

  check(status: number, kernel: string): void {
    if (status === 0) return;
    this.stop();
    throw threadsLost(noProgress(kernel));
  }
}
