/** A run of a study, as its job and its keys in the store name it. */
export interface RunPlace {
  readonly study: string;
  readonly run: string;
  /**
   * Of its program, its settings and what it reads, 64 hexadecimal digits: a run that was edited is another one, and finds nothing of the
   * earlier one's.
   */
  readonly digest: string;
}

/** The id of a run's job. Each rung of a search has a job of its own. */
export function jobId({ study, run, digest }: RunPlace, untilEpoch?: number): string {
  const rung = untilEpoch === undefined ? '' : `@${untilEpoch}`;
  return `${study}~${run}${rung}~${digest.slice(0, 8)}`;
}

/** The id of the job that adds what waits for a run. */
export function gateId(place: RunPlace): string {
  return `${jobId(place)}~then`;
}

/** Names of the keys that a queue has beside BullMQ's own. */
export class Keys {
  readonly #base: string;

  constructor(prefix: string, queue: string) {
    this.#base = `${prefix}:${queue}`;
  }

  /** Set: names of studies. */
  get studies(): string {
    return `${this.#base}-studies`;
  }

  /** Hash: what holds for a study as a whole. */
  study(name: string): string {
    return `${this.#base}-study:${name}`;
  }

  /** Hash: the digest of each run, by its id. */
  digests(name: string): string {
    return `${this.#base}-digests:${name}`;
  }

  /** Hash: each run as JSON, by its id. */
  runs(name: string): string {
    return `${this.#base}-runs:${name}`;
  }

  /** Hash: what became of the runs that have ended, as JSON, by their id. */
  ended(name: string): string {
    return `${this.#base}-ended:${name}`;
  }

  /** Set: ids of jobs that wait until their study is continued. */
  parked(name: string): string {
    return `${this.#base}-parked:${name}`;
  }

  /** String that expires: who drives a search. */
  driver(name: string): string {
    return `${this.#base}-driver:${name}`;
  }

  /** All that there is of a study beside its jobs. */
  ofStudy(name: string): string[] {
    return [
      this.study(name),
      this.digests(name),
      this.runs(name),
      this.ended(name),
      this.parked(name),
      this.driver(name),
    ];
  }

  /** Set: ids of workers. */
  get workers(): string {
    return `${this.#base}-workers`;
  }

  /** String that expires: a worker as JSON. */
  worker(id: string): string {
    return `${this.#base}-worker:${id}`;
  }
}
