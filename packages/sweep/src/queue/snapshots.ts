import type { RunArchive } from '../store/run-archive.ts';
import type { Lease } from './lease.ts';

/** Stores a run's folder as it goes: one save at a time, of what is newest when it begins. */
export class Snapshots {
  readonly #archive: RunArchive;
  readonly #folder: string;
  readonly #attempt: number;
  readonly #lease: Lease;
  readonly #onFailure: (message: string) => void;
  #number = 0;
  #epoch: number;
  #wanted = false;
  #saving: Promise<void> | undefined;

  constructor(
    archive: RunArchive,
    folder: string,
    attempt: number,
    epoch: number,
    lease: Lease,
    onFailure: (message: string) => void,
  ) {
    this.#archive = archive;
    this.#folder = folder;
    this.#attempt = attempt;
    this.#epoch = epoch;
    this.#lease = lease;
    this.#onFailure = onFailure;
  }

  /** Epochs done. */
  get epoch(): number {
    return this.#epoch;
  }

  /** An epoch is done: its checkpoint is stored when the one before is. A save that fails is made up for by the next one. */
  take(epoch: number): void {
    this.#epoch = epoch;
    this.#wanted = true;
    this.#saving ??= this.#drain();
  }

  /** Where a process that has ended has come to. */
  reached(epoch: number): void {
    this.#epoch = epoch;
  }

  /** Waits for a save that is under way. */
  async settled(): Promise<void> {
    this.#wanted = false;
    await this.#saving;
  }

  /** Stores the folder of a process that has ended. @throws what the store, or the lease, does */
  async last(): Promise<void> {
    await this.settled();
    await this.#save();
  }

  async #drain(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      try {
        await this.#save();
      } catch (error) {
        if (!this.#lease.lost.aborted) this.#onFailure((error as Error).message);
      }
    }
    this.#saving = undefined;
  }

  async #save(): Promise<void> {
    // Nothing is written by a worker that may have been given up.
    this.#lease.check();
    const at = { attempt: this.#attempt, number: ++this.#number, epoch: this.#epoch };
    await this.#archive.save(this.#folder, at);
  }
}
