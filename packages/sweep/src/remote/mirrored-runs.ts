import { join } from 'node:path';
import { eachAtOnce } from '../at-once.ts';
import type { StudyStore } from '../queue/study-store.ts';
import { runDigests } from '../queue/run-digest.ts';
import type { QueuedRun } from '../queue/queued-run.ts';
import { recordIn } from '../run/record-in.ts';
import { metricKept } from '../search/metric-of.ts';
import type { PlannedRun } from '../study/plan.ts';
import type { Study } from '../study/study.ts';
import { mirrorRun } from './mirror.ts';

/** How many runs are fetched at once. */
const AT_ONCE = 4;

/** The copies that a study's folder has of runs whose archives lie in a store. */
export class MirroredRuns {
  readonly #folder: string;
  readonly #store: StudyStore;
  readonly #metric: Study['metric'];
  readonly #weights: boolean;
  /** As they are on the queue, by id, with the study's name there. */
  readonly #places = new Map<string, { readonly study: string; readonly digest: string }>();
  /** What the runs that were fetched have reached, by id. */
  readonly #values = new Map<string, number | undefined>();
  #last: Promise<void> = Promise.resolve();

  /** @param weights whether the models of complete runs are fetched too */
  constructor(folder: string, store: StudyStore, metric: Study['metric'], weights: boolean) {
    this.#folder = folder;
    this.#store = store;
    this.#metric = metric;
    this.#weights = weights;
  }

  /** @param study the name under which they are on the queue */
  note(study: string, runs: readonly PlannedRun[]): void {
    for (const [id, digest] of runDigests(runs)) this.#places.set(id, { study, digest });
  }

  /** What a run that was fetched has reached. */
  valueOf(id: string): number | undefined {
    return this.#values.get(id);
  }

  /**
   * Fetches what has ended, one call after the other: the parts of a study are followed beside each other.
   *
   * @param all whether also what a search has paused, and what has failed
   */
  async fetch(runs: readonly QueuedRun[], all: boolean): Promise<void> {
    this.#last = this.#last.catch(() => {}).then(() => this.#fetchNew(runs, all));
    await this.#last;
  }

  async #fetchNew(runs: readonly QueuedRun[], all: boolean): Promise<void> {
    const wanted = runs.filter(
      ({ id, state }) =>
        !this.#values.has(id) &&
        (state === 'complete' || (all && (state === 'paused' || state === 'failed'))),
    );
    await eachAtOnce(wanted, AT_ONCE, async ({ id }) => {
      const place = this.#places.get(id);
      if (!place) return;
      const folder = join(this.#folder, id);
      await mirrorRun(this.#store.archive({ ...place, run: id }), folder, this.#weights);
      const record = recordIn(folder);
      this.#values.set(id, record && metricKept(record, this.#metric));
    });
  }
}
