import { type Batch, disposeBatch } from '@mnet/data';

/**
 * Batches, of which one can be made before it is asked for. A batch is made by the thread that runs JavaScript, so the
 * time to make the next is while workers or a device compute what was last put before them.
 */
export class BatchesAhead {
  readonly #pass: Iterator<Batch, void>;
  #prepared: IteratorResult<Batch, void> | undefined;

  constructor(pass: Iterable<Batch, void>) {
    this.#pass = pass[Symbol.iterator]();
  }

  /** Makes the next batch, unless it is there or none is left. */
  prepare(): void {
    this.#prepared ??= this.#pass.next();
  }

  /**
   * Hands the next batch to `use`, made now unless it is there, and frees its tensors.
   *
   * @returns what `use` gives; undefined where no batch is left
   */
  take<T>(use: (batch: Batch) => T): T | undefined {
    this.prepare();
    const next = this.#prepared as IteratorResult<Batch, void>;
    if (next.done) return undefined;
    this.#prepared = undefined;
    try {
      return use(next.value);
    } finally {
      disposeBatch(next.value);
    }
  }

  /** Frees a batch that was prepared and not taken. */
  dispose(): void {
    if (this.#prepared && !this.#prepared.done) disposeBatch(this.#prepared.value);
    this.#prepared = undefined;
  }
}
