import { partsOf } from '../queue/queue-parts.ts';
import type { RunQueue } from '../queue/run-queue.ts';
import type { QueuedStudy } from '../queue/queued-run.ts';
import { liveWorkers } from '../queue/worker-registry.ts';
import type { WorkerInfo } from '../queue/worker-options.ts';

/** How often the queue is asked before workers count as lacking: they may be about to take what waits. */
const ASKED = 5;

/** Says once why nothing begins, where that is for want of workers. */
export class LackingWorkers {
  readonly #queue: RunQueue;
  readonly #build: string | undefined;
  /** In milliseconds. */
  readonly #patience: number;
  readonly #onNote: ((line: string) => void) | undefined;
  /** Since when runs wait and none is made. */
  #idleSince: number | undefined;
  #said: string | undefined;

  /** @param poll how often the queue is asked, in milliseconds */
  constructor(
    queue: RunQueue,
    build: string | undefined,
    poll: number,
    onNote: ((line: string) => void) | undefined,
  ) {
    this.#queue = queue;
    this.#build = build;
    this.#patience = ASKED * poll;
    this.#onNote = onNote;
  }

  async saw({ counts }: QueuedStudy): Promise<void> {
    const waits = counts.waiting > 0 && counts.running === 0;
    if (!waits) this.#idleSince = undefined;
    if (!waits || !this.#onNote) return;
    const now = performance.now();
    this.#idleSince ??= now;
    if (now - this.#idleSince < this.#patience) return;
    const lacking = lackingWorkers(await liveWorkers(partsOf(this.#queue)), this.#build);
    if (lacking !== undefined && lacking !== this.#said) this.#onNote(lacking);
    this.#said = lacking;
  }
}

/** What is said where no worker takes a study's runs; undefined where one may. */
function lackingWorkers(
  workers: readonly WorkerInfo[],
  build: string | undefined,
): string | undefined {
  if (workers.length === 0) {
    return 'its runs wait: there is no worker on this queue; mnet sweep worker with the same --queue and --store takes them';
  }
  if (build === undefined || workers.some((worker) => (worker.build ?? build) === build)) {
    return undefined;
  }
  const builds = [...new Set(workers.map((worker) => worker.build))].join('; ');
  return `its runs wait: no worker computes as this machine does (${build}), but as (${builds}); a worker of this build takes them, and with --any-build any does, with other bits perhaps`;
}
