import { pause, sha256 } from '@mnet/core/files';
import { type Given, resolve } from '@mnet/core/options';
import type { JsonObject } from '@mnet/train';
import { noMetric } from '../search/metric-of.ts';
import type { Ask, Metric, Search, Searching, Tell, Trial } from '../search/search.ts';
import { checkKeyPart } from '../store/keys.ts';
import type { PlannedRun } from '../study/plan.ts';
import { addRuns } from './add-jobs.ts';
import { QueueError } from './queue-error.ts';
import { driveOptions } from './drive-options.ts';
import { type DriverLock, lockDriver } from './driver-lock.ts';
import { removeJobs } from './enqueue-study.ts';
import type { StudyStore } from './study-store.ts';
import { jobId } from './names.ts';
import { type QueueParts, partsOf } from './queue-parts.ts';
import { canonical } from '../canonical.ts';
import { runDigests } from './run-digest.ts';
import type { RunQueue } from './run-queue.ts';
import { SearchJournal, type SearchStep } from './search-journal.ts';
import { json, readJson, storePlace, type StoredStudy, studyKey } from './store-notes.ts';
import {
  type EndedRun,
  noteEnded,
  placeOf,
  readEnded,
  readRuns,
  readStudy,
  type RunEntry,
  type StudyEntry,
} from './study-entry.ts';
import type { QueuedStudy } from './queued-run.ts';
import { studyStatus } from './study-status.ts';

/** Settings of {@link driveSearch}. */
export interface DriveOptions extends Given<typeof driveOptions> {
  /** Whether to wait while another driver drives this search; default false: that is an error. */
  readonly wait?: boolean;
  /** Ends the driver, without an error; runs under way go on, and the search is gone on with by driving it again. */
  readonly signal?: AbortSignal;
}

/** A search that is to be driven. */
export interface DrivenSearch {
  readonly search: Search;
  readonly metric: Metric;
  /** What all trials have in common, such as program and config: where that was edited, it is another search. */
  readonly base: JsonObject;
  /** The run of a trial, asked for once; its id and config must follow from the trial alone. */
  readonly plan: (trial: Trial) => PlannedRun | Promise<PlannedRun>;
}

/**
 * Drives a search on a queue: adds a job for what it asks for, tells it what came of it, until its budget is spent and all has ended.
 * What it asked and was told is written to the store as it goes, so that a driver that was killed is gone on with by driving the search
 * again, here or elsewhere, also when Redis has lost everything.
 *
 * @returns the study as it goes
 * @throws QueueError with the code `driven` where another drives it, `edited` where a search of that name is another one
 */
export async function* driveSearch(
  queue: RunQueue,
  name: string,
  search: DrivenSearch,
  store: StudyStore,
  { wait = false, signal, ...given }: DriveOptions = {},
): AsyncGenerator<QueuedStudy, void, undefined> {
  checkKeyPart(name, 'study');
  const parts = partsOf(queue);
  const settings = resolve(driveOptions, given, 'drive options');
  const lock = await becomeDriver(parts, name, settings.takeover, wait, signal);
  if (!lock) return;
  try {
    const place = await storePlace(store.store);
    const known = await register(store, name, search);
    const { priority, attempts, backoff, build } = settings;
    const there = await readStudy(parts, name);
    const meta: StudyEntry = {
      state: there?.state === 'paused' ? 'paused' : 'active',
      priority,
      attempts,
      backoff,
      store: place,
      metric: search.metric,
      created: there?.created ?? known.created,
      ...(build !== undefined && { build }),
    };
    await writeMeta(parts, name, meta);
    const driver = new Driver(parts, name, meta, search, store, settings.parallel);
    await driver.resume();
    const ends = signal ? AbortSignal.any([signal, lock.lost]) : lock.lost;
    for (;;) {
      const more = await driver.step(lock);
      const status = await studyStatus(parts, name);
      if (status) yield status;
      if (!more || status?.state === 'cancelled') return;
      try {
        await pause(settings.poll, ends);
      } catch {
        lock.lost.throwIfAborted();
        return;
      }
      // Redis may have come back without anything.
      if (!(await parts.client.exists(parts.keys.study(name)))) {
        await writeMeta(parts, name, meta);
        await driver.restore();
      }
    }
  } finally {
    await lock.release().catch(() => {});
  }
}

async function becomeDriver(
  parts: QueueParts,
  name: string,
  takeover: number,
  wait: boolean,
  signal: AbortSignal | undefined,
): Promise<DriverLock | undefined> {
  for (;;) {
    const lock = await lockDriver(parts, name, takeover);
    if (!('holder' in lock)) return lock;
    if (!wait) {
      throw new QueueError(
        'driven',
        `search '${name}': ${lock.holder} drives it; one that ended without a word is taken over from after ${takeover / 1000} s`,
      );
    }
    try {
      await pause(Math.min(1000, takeover / 2), signal);
    } catch {
      return undefined;
    }
  }
}

async function register(
  { store }: StudyStore,
  name: string,
  { search, metric, base }: DrivenSearch,
): Promise<StoredStudy> {
  const said: JsonObject = { search: search.describe(), metric: { ...metric }, base };
  const digests = { search: sha256([canonical(said)]) };
  const study: StoredStudy = { format: 1, created: new Date().toISOString(), digests };
  const key = studyKey(name);
  if (await store.put(key, json({ ...study }), { ifAbsent: true })) return study;
  const there = (await readJson<StoredStudy>(store, key))!;
  if (there.digests.search === digests.search) return there;
  const what = 'search' in there.digests ? 'was edited since it was begun' : 'is no search there';
  throw new QueueError('edited', `study '${name}': ${what}; give this one another name`);
}

async function writeMeta(parts: QueueParts, name: string, meta: StudyEntry): Promise<void> {
  const { client, keys } = parts;
  const { state, ...entry } = meta;
  await client
    .multi()
    .sadd(keys.studies, name)
    .hset(keys.study(name), { entry: JSON.stringify(entry), state })
    .exec();
}

type RunAsk = Extract<Ask, { kind: 'run' }>;

class Driver {
  readonly #parts: QueueParts;
  readonly #name: string;
  readonly #meta: StudyEntry;
  readonly #plan: DrivenSearch['plan'];
  readonly #metric: Metric;
  /** By the trial's number. */
  readonly #planned = new Map<number, PlannedRun>();
  readonly #parallel: number;
  readonly #searching: Searching;
  readonly #journal: SearchJournal;
  /** By the trial's number. */
  readonly #under = new Map<number, RunAsk>();
  /** What was asked for last of each trial. */
  readonly #last = new Map<number, RunAsk>();
  readonly #told = new Map<number, Tell>();
  #done = false;
  /** Whether it has nothing to ask for until it is told something. */
  #waits = false;

  constructor(
    parts: QueueParts,
    name: string,
    meta: StudyEntry,
    { search, metric, plan }: DrivenSearch,
    { store }: StudyStore,
    parallel: number,
  ) {
    this.#parts = parts;
    this.#name = name;
    this.#meta = meta;
    this.#plan = plan;
    this.#metric = metric;
    this.#parallel = parallel;
    this.#searching = search.start(metric);
    this.#journal = new SearchJournal(store, name);
  }

  /** Comes to where an earlier driver was, and adds what that may not have added any more. */
  async resume(): Promise<void> {
    for (const step of await this.#journal.replay(this.#searching)) this.#keep(step);
    await this.restore();
  }

  /** Adds all that is under way, where it is not there. */
  async restore(): Promise<void> {
    for (const ask of this.#last.values()) {
      const entry = await this.#entry(ask);
      await this.#write(entry);
      if (this.#under.has(ask.trial.number)) await this.#add(entry);
      else await this.#noteTold(ask, entry);
    }
  }

  /** What Redis may have lost of a trial that has told its value. */
  async #noteTold(ask: RunAsk, entry: RunEntry): Promise<void> {
    const { id } = entry.planned;
    const noted = (await readEnded(this.#parts, this.#name)).get(id);
    if (noted && fits(noted, entry)) return;
    const { value } = this.#told.get(ask.trial.number)!;
    const { digest, untilEpoch } = entry;
    const kind = untilEpoch === undefined ? 'complete' : 'paused';
    const end: EndedRun = {
      kind: value === undefined ? 'failed' : kind,
      digest,
      at: new Date().toISOString(),
      ...(untilEpoch !== undefined && { untilEpoch }),
      ...(value !== undefined && { value }),
    };
    await noteEnded(this.#parts, this.#name, { [id]: end });
  }

  /** Tells what has ended, asks for what comes next. @returns whether there is more to come */
  async step(lock: DriverLock): Promise<boolean> {
    const told = await this.#ended();
    for (const tell of told) this.#searching.tell(tell);
    const open = this.#under.size - told.length;
    const asked: Ask[] = [];
    // What it asks for is written before any of it is begun, waits too: they may be a part of how it goes on.
    let busy = open;
    let waits = this.#waits && told.length === 0;
    while (!this.#done && !waits && busy < this.#parallel) {
      const ask = this.#searching.ask();
      asked.push(ask);
      if (ask.kind === 'done') break;
      if (ask.kind === 'wait') waits = true;
      else busy++;
    }
    if (told.length === 0 && asked.length === 0) return this.#more;
    lock.lost.throwIfAborted();
    await this.#journal.write({ told, asked });
    this.#keep({ told, asked });
    for (const ask of asked) {
      if (ask.kind !== 'run') continue;
      const entry = await this.#entry(ask);
      await this.#write(entry);
      await this.#add(entry);
    }
    return this.#more;
  }

  get #more(): boolean {
    return !this.#done || this.#under.size > 0;
  }

  #keep({ told, asked }: SearchStep): void {
    for (const tell of told) {
      this.#under.delete(tell.number);
      this.#told.set(tell.number, tell);
    }
    if (told.length > 0 || asked.length > 0) this.#waits = asked.at(-1)?.kind === 'wait';
    for (const ask of asked) {
      if (ask.kind === 'done') this.#done = true;
      if (ask.kind !== 'run') continue;
      this.#under.set(ask.trial.number, ask);
      this.#last.set(ask.trial.number, ask);
    }
  }

  /** What has ended of what is under way, in the order of the trials. */
  async #ended(): Promise<Tell[]> {
    if (this.#under.size === 0) return [];
    const ended = await readEnded(this.#parts, this.#name);
    const tells: Tell[] = [];
    for (const [number, ask] of [...this.#under].toSorted(([a], [b]) => a - b)) {
      const entry = await this.#entry(ask);
      const end = ended.get(entry.planned.id);
      if (!end || !fits(end, entry)) continue;
      if (end.kind === 'cancelled' || end.kind === 'skipped') {
        // A cancelled study is told nothing: it can be gone on with. One that goes on has it from a worker that was late.
        if ((await readStudy(this.#parts, this.#name))?.state === 'active') await this.#add(entry);
        continue;
      }
      const value = end.kind === 'failed' ? undefined : end.value;
      if (end.kind !== 'failed' && value === undefined) {
        throw noMetric(entry.planned.id, this.#metric, ask.untilEpoch);
      }
      tells.push({
        number,
        ...(ask.untilEpoch !== undefined && { untilEpoch: ask.untilEpoch }),
        ...(value !== undefined && { value }),
      });
    }
    return tells;
  }

  async #entry({ trial, untilEpoch }: RunAsk): Promise<RunEntry> {
    const planned = this.#planned.get(trial.number) ?? (await this.#plan(trial));
    this.#planned.set(trial.number, planned);
    checkKeyPart(planned.id, 'plan: id');
    if (planned.needs.length > 0) {
      throw new RangeError(`plan: '${planned.id}' needs other runs, which trials cannot`);
    }
    const digest = runDigests([planned]).get(planned.id)!;
    const order = trial.number;
    const entry = { planned, order, digest, needs: {}, dependants: [] };
    return untilEpoch === undefined ? entry : { ...entry, untilEpoch };
  }

  async #write(entry: RunEntry): Promise<void> {
    const { client, keys } = this.#parts;
    const { id } = entry.planned;
    const [before] = await readRuns(this.#parts, this.#name, [id]);
    // Its rung is told and written down.
    if (before && before.untilEpoch !== entry.untilEpoch) {
      await removeJobs(this.#parts, this.#name, before);
    }
    await client
      .multi()
      .hset(keys.digests(this.#name), id, entry.digest)
      .hset(keys.runs(this.#name), id, JSON.stringify(entry))
      .exec();
  }

  async #add(entry: RunEntry): Promise<void> {
    const { queue } = this.#parts;
    const end = (await readEnded(this.#parts, this.#name)).get(entry.planned.id);
    if (end && fits(end, entry) && end.kind !== 'cancelled') return;
    await this.#parts.client.hdel(this.#parts.keys.ended(this.#name), entry.planned.id);
    const id = jobId(placeOf(this.#name, entry), entry.untilEpoch);
    const state = await queue.getJobState(id);
    // Of a study that was cancelled.
    if (state === 'failed' || state === 'completed') {
      await removeJobs(this.#parts, this.#name, entry);
    }
    await addRuns(this.#parts, this.#name, this.#meta, [entry]);
  }
}

/** Whether an end is that of what was asked for: a trial that is complete is so at each of its rungs. */
function fits(end: EndedRun, entry: RunEntry): boolean {
  if (end.digest !== entry.digest) return false;
  return end.kind === 'complete' || end.untilEpoch === entry.untilEpoch;
}
