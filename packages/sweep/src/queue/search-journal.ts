import type { Ask, Searching, Tell } from '../search/search.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { QueueError } from './queue-error.ts';
import { canonical } from '../canonical.ts';
import { journalKey, readJson } from './store-notes.ts';

/** One step of a search: what it was told, and then what it asked for. */
export interface SearchStep {
  readonly told: readonly Tell[];
  readonly asked: readonly Ask[];
}

/**
 * What a search was told and asked for, in its order, as files that are written once each: a driver that is gone on with reads them, and
 * of two at once one fails.
 */
export class SearchJournal {
  readonly #store: ObjectStore;
  readonly #study: string;
  #next = 0;

  constructor(store: ObjectStore, study: string) {
    this.#store = store;
    this.#study = study;
  }

  /**
   * Brings a search that was begun anew to where this journal ends.
   *
   * @throws Error where it asks for something else than it did then
   */
  async replay(searching: Searching): Promise<SearchStep[]> {
    const steps: SearchStep[] = [];
    for (;;) {
      const key = journalKey(this.#study, this.#next);
      const step = await readJson<SearchStep>(this.#store, key);
      if (!step) return steps;
      for (const told of step.told) searching.tell(told);
      for (const asked of step.asked) {
        const now = searching.ask();
        if (canonical(now as never) !== canonical(asked as never)) {
          throw new Error(
            `search '${this.#study}': asks for ${canonical(now as never)} where it asked for ${canonical(asked as never)} before (${key}); it was made by another version, or with other settings`,
          );
        }
      }
      steps.push(step);
      this.#next++;
    }
  }

  /** @throws QueueError with the code `driven` where another driver wrote this step */
  async write(step: SearchStep): Promise<void> {
    const key = journalKey(this.#study, this.#next);
    const content = JSON.stringify(step);
    if (!(await this.#store.put(key, content, { ifAbsent: true }))) {
      throw new QueueError(
        'driven',
        `search '${this.#study}': another driver goes on with it (it wrote ${key}); this one ends`,
      );
    }
    this.#next++;
  }
}
