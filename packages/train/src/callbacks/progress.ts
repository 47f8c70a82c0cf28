import { type Callback, notify, type ProgressInfo } from './callback.ts';

/** Tells callbacks of the tasks beside the steps, and keeps the first error of theirs. */
export class Progress {
  readonly #callbacks: readonly Callback[];
  #all: Promise<void> = Promise.resolve();

  constructor(callbacks: readonly Callback[]) {
    this.#callbacks = callbacks;
  }

  /** Who calls this need not wait for it: an error comes out of {@link settle} too. */
  tell(task: string, done: number, total: number): Promise<void> {
    const told = this.#notify({ task, done, total });
    this.#all = this.#all.then(() => told);
    // Handled, so that Node does not end before settle() is called.
    told.catch(() => {});
    this.#all.catch(() => {});
    return told;
  }

  /** Waits until all callbacks have heard of everything. Rejects with the first error of one. */
  settle(): Promise<void> {
    return this.#all;
  }

  async #notify(info: ProgressInfo): Promise<void> {
    await notify(this.#callbacks, 'onProgress', info);
  }
}
