import { setImmediate } from 'node:timers/promises';
import { followRun, type FollowedRun } from '@mnet/train';
import { findRuns, type FoundRun } from './find-runs.ts';
import type { RunRow, RunsEvent, RunStatus } from './protocol.ts';
import { type RecordRow, rowOf } from './run-row.ts';

/** How often the folder is looked at, in milliseconds. */
const INTERVAL = 1000;
/** Where looking takes long it is done less often: between two times so many times as long as one took. */
const SPARING = 20;

/** A run of the watched folder. */
export interface WatchedRun {
  readonly followed: FollowedRun;
  readonly row: RunRow;
  /** What of the row changes beside the record. */
  readonly state: string;
}

/**
 * The runs of a folder, kept up to date. Reading a run is reading what its log has new; file system events are not used,
 * for network folders have none.
 */
export class WatchedRuns {
  readonly root: string;
  readonly #runs = new Map<string, WatchedRun>();
  readonly #listeners = new Set<(event: RunsEvent) => void>();
  #problem: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** @param root the path of a folder, also one that is not there yet */
  constructor(root: string) {
    this.root = root;
  }

  /** All rows, as the first event of a stream has them. */
  all(): RunsEvent {
    const rows = [...this.#runs.values()].map(({ row }) => row);
    return { all: true, root: this.root, rows, removed: [], problem: this.#problem };
  }

  /** The run of an id; undefined where there is none. */
  get(id: string): WatchedRun | undefined {
    return this.#runs.get(id);
  }

  /** Every run by its id. */
  entries(): Iterable<[string, WatchedRun]> {
    return this.#runs.entries();
  }

  /**
   * Has a function told what changes.
   *
   * @returns what ends that
   */
  subscribe(listener: (event: RunsEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks at the folder now and from time to time, until `stop()`. The promise is of the first time. */
  async start(): Promise<void> {
    const begin = performance.now();
    await this.update();
    if (this.#stopped) return;
    const pause = Math.max(INTERVAL, SPARING * (performance.now() - begin));
    this.#timer = setTimeout(() => void this.start(), pause);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Looks at the folder once, and tells the listeners where something changed. */
  async update(): Promise<void> {
    const before = this.#problem;
    const found = await this.#find();
    const rows: RunRow[] = [];
    for (const run of found) {
      const row = this.#look(run);
      if (row === undefined) continue;
      rows.push(row);
      // A long log took a while: others get their turn.
      await setImmediate();
    }
    const there = new Set(found.map(({ id }) => id));
    const removed = [...this.#runs.keys()].filter((id) => !there.has(id));
    for (const id of removed) this.#runs.delete(id);
    const problem = this.#problem;
    if (rows.length === 0 && removed.length === 0 && problem === before) return;
    const event = { all: false, root: this.root, rows, removed, problem };
    for (const listener of this.#listeners) listener(event);
  }

  async #find(): Promise<FoundRun[]> {
    try {
      const found = await findRuns(this.root);
      this.#problem = undefined;
      return found;
    } catch (error) {
      this.#problem = (error as Error).message;
      return [];
    }
  }

  /** The row of a run that is new or has changed; else undefined. */
  #look({ id, dir, report }: FoundRun): RunRow | undefined {
    const known = this.#runs.get(id);
    const followed = known?.followed ?? followRun(dir);
    const { changed, error } = read(followed);
    const status = error === undefined ? statusOf(followed) : 'damaged';
    const state = `${status} ${report} ${error}`;
    if (known && !changed && known.state === state) return undefined;
    const version = (known?.row.version ?? 0) + 1;
    const row = { id, version, report, ...safeRow(followed, status, error) };
    this.#runs.set(id, { followed, row, state });
    return row;
  }
}

function read(followed: FollowedRun): { changed: boolean; error?: string } {
  try {
    return { changed: followed.read() };
  } catch (error) {
    return { changed: false, error: (error as Error).message };
  }
}

function statusOf(followed: FollowedRun): RunStatus {
  const { status } = followed.record ?? { status: 'running' };
  return status === 'running' && !followed.isHeld() ? 'killed' : status;
}

/** What a `config.json` that was written by hand lacks shall not end the watching of the others. */
function safeRow(followed: FollowedRun, status: RunStatus, error: string | undefined): RecordRow {
  try {
    return rowOf(followed, status, error);
  } catch (thrown) {
    const said = `${followed.dir}: ${(thrown as Error).message}`;
    const { generation } = followed;
    return { generation, status: 'damaged', error: error ?? said, group: `alone ${followed.dir}` };
  }
}
