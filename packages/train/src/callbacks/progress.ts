import { type Callback, notify } from './callback.ts';

/** Tells callbacks of the tasks beside the steps, and keeps the first error of theirs. */
export class Progress {
  readonly #callbacks: readonly Callback[];
  #failure: { readonly error: unknown } | undefined;

  constructor(callbacks: readonly Callback[]) {
    this.#callbacks = callbacks;
  }

  /** Who calls this need not wait for it: an error that was not waited for comes out of {@link check}. */
  tell(task: string, done: number, total: number): Promise<void> {
    const told = notify(this.#callbacks, 'onProgress', { task, done, total });
    told.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    return told;
  }

  /** @throws what a callback has thrown. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
