import { integer, type Given, optional, options, text } from '@mnet/core/options';
import type { Config } from '../config.ts';
import type { Program } from '../run/program.ts';
import type { StartRun } from '../run/run-process.ts';
import type { Metric } from '../search/search.ts';
import type { StudyStore } from './study-store.ts';
import type { RunJob } from './job-data.ts';

/** What {@link WorkerOptions} are made of. */
export const workerOptions = options({
  /** Runs at once; default 1. */
  slots: optional(integer({ min: 1, max: 1024 }), 1),
  /** Threads of each run; default: this machine's cores, shared out among the slots. */
  threads: optional(integer({ min: 1, max: 1024 })),
  /**
   * For how long a job is this worker's after each renewal, in milliseconds; default 30,000. A job whose worker died is taken by another
   * after this and up to two checks.
   */
  lease: optional(integer({ min: 200 }), 30_000),
  /** How often the lease is renewed, in milliseconds; default a third of it. */
  renewal: optional(integer({ min: 50 })),
  /** How often jobs are looked for whose worker died, in milliseconds; default half the lease. */
  check: optional(integer({ min: 50 })),
  /** How often the worker looks whether a study was paused or cancelled, and shows that it lives, in milliseconds; default 2000. */
  poll: optional(integer({ min: 50 }), 2000),
  /** How often progress goes to the queue at most, in milliseconds; default 2000. */
  progress: optional(integer({ min: 0 }), 2000),
  /** How many workers a run may take with it, one after the other from the same snapshot, before it counts as failed; default 5. */
  deaths: optional(integer({ min: 1 }), 5),
  /**
   * After how long a job that this worker leaves to others may come to it again at most, in milliseconds; default 5000. It begins with a
   * second, which doubles each time.
   */
  leave: optional(integer({ min: 50 }), 5000),
  /** How long a run may take to stop with its files whole when the worker ends, in milliseconds; then it is killed. Default 60,000. */
  grace: optional(integer({ min: 0 }), 60_000),
  /** For people; default host and process. */
  name: optional(text()),
  /** Of this package, for people. */
  version: optional(text()),
  /** What computes here, such as the build of the kernels, for people and for `accepts`. */
  build: optional(text()),
});

/** What a worker does its work with. */
export interface WorkerParts extends StudyStore {
  /** A folder of this worker's own on a local disk; its runs have folders in it, which are removed when they end. */
  readonly scratch: string;
  readonly startRun: StartRun;
  /** A program by its name; undefined: this worker has none of that name, and leaves its jobs to others. */
  readonly program: (name: string) => Program | undefined;
  /** Whether this worker takes a job; a text says why it leaves it to others. Default: it takes all. */
  readonly accepts?: (job: RunJob) => string | undefined;
  /**
   * Finds or fetches what a run reads, and gives its config with the paths of this machine. Folders of other runs of the study stand
   * in it already. Default: the config as it is.
   *
   * @throws Error where something cannot be had; the run is tried again later
   */
  readonly localConfig?: (config: Config, signal: AbortSignal) => Promise<Config>;
  /** The SHA-256 of the final weights in a run's folder. */
  readonly weights: (folder: string) => Promise<string | undefined>;
  /** A trial's value from a run's folder: at the epoch at which it paused, or of the weights that it kept. Searches need it. */
  readonly value?: (
    folder: string,
    metric: Metric,
    untilEpoch?: number,
  ) => Promise<number | undefined>;
}

/** Something that a worker has to say. */
export interface WorkerEvent {
  readonly kind:
    | 'taken'
    | 'complete'
    | 'paused'
    | 'failed'
    | 'retried'
    | 'given-back'
    | 'left'
    | 'lost'
    | 'cancelled'
    | 'unsaved'
    | 'note';
  readonly study?: string;
  readonly run?: string;
  readonly attempt?: number;
  /** One line; without secrets. */
  readonly message: string;
}

/** Settings of a worker. */
export interface WorkerOptions extends Given<typeof workerOptions> {
  /** Told of what the worker does and meets. */
  readonly onEvent?: (event: WorkerEvent) => void;
}

/** A worker under way. */
export interface QueueWorker {
  /** Its id, by which its heartbeat stands in Redis. */
  readonly id: string;
  readonly name: string;
  /** Settled when it has ended. */
  readonly ended: Promise<void>;
  /** Takes no more jobs; its runs stop at their next step, are stored, and their jobs given back at once. */
  stop(): Promise<void>;
  /** Ends its runs at once; their jobs are taken by others when their leases end. */
  kill(): void;
}

/** What is said of a worker, while it lives. */
export interface WorkerInfo {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly slots: number;
  readonly threads: number;
  readonly version?: string;
  readonly build?: string;
  /** ISO 8601. */
  readonly started: string;
  /** Ids of its jobs. */
  readonly jobs: readonly string[];
}
