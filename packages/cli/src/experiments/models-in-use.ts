import type { Earlier } from './arm.ts';
import { type Job, together } from './jobs.ts';

/** An arm builds on a training that has diverged. */
export class EarlierDivergedError extends Error {
  override readonly name = 'EarlierDivergedError';
}

/** The models of trainings that are done, as long as one that follows may ask for them. */
export class ModelsInUse {
  readonly #kept = new Map<Job<never>, Earlier>();
  readonly #diverged = new Set<Job<never>>();

  /**
   * @param before the training that `earlier` is for
   * @throws EarlierDivergedError, by what it gives, where the arm that is asked for has diverged
   */
  taker(before: Job<never>): (arm: string) => Earlier {
    return (name) => {
      const beside = [...this.#kept].filter(([job]) => together(job, before));
      const found = beside.find(([job]) => job.arm.name === name);
      if (found) return found[1];
      if ([...this.#diverged].some((job) => job.arm.name === name && together(job, before))) {
        throw new EarlierDivergedError(`it builds on ${name}, which diverged`);
      }
      const names = beside.map(([job]) => job.arm.name).join(', ');
      throw new Error(`${name}: it is no arm before ${before.arm.name}, which are ${names}`);
    };
  }

  keep(job: Job<never>, trained: Earlier): void {
    this.#kept.set(job, trained);
  }

  /** Notes that a training has left no model. */
  lose(job: Job<never>): void {
    this.#diverged.add(job);
  }

  /** Disposes of the models that none of these trainings may ask for. */
  release(following: readonly Job<never>[]): void {
    for (const [job, { model }] of this.#kept) {
      if (following.some((each) => together(job, each))) continue;
      model.dispose();
      this.#kept.delete(job);
    }
  }
}
