import { join } from 'node:path';
import { pause } from '@mnet/core/files';
import type { Program } from '../run/program.ts';
import type { RunEnd, RunProcess, RunProgress, StartRun } from '../run/run-process.ts';
import { isComplete, recordIn } from '../run/record-in.ts';
import { metricAt, metricKept, noMetric } from '../search/metric-of.ts';
import type { Tell } from '../search/search.ts';
import { type PlannedRun, type Programs, plannedTrial } from '../study/plan.ts';
import { withFolders } from '../study/run-of.ts';
import type { Study } from '../study/study.ts';
import { type Journal, lastFailure } from './journal.ts';
import { type AskedTrial, Searches } from './searches.ts';
import type { LiveRun, StudyState } from './study-state.ts';

/** What a course is made with. */
export interface CourseSettings {
  readonly folder: string;
  readonly slots: number;
  readonly threads: number;
  readonly retries: number;
  readonly backoff: number;
  readonly total: number;
  readonly programs: Programs;
  readonly journal: Journal;
  readonly start: StartRun;
  readonly onChange: ((state: StudyState) => void) | undefined;
  /** Writes the report of what there is. */
  readonly write: () => void;
}

/** A run of the study, and what is known of it. */
interface Entry {
  readonly run: PlannedRun;
  /** Of a search. */
  asked?: AskedTrial;
  state: LiveRun['state'];
  failures: number;
  /** Before which it is not tried again, in milliseconds of `performance.now()`. */
  notBefore: number;
  progress?: RunProgress;
  value?: number;
  error?: string;
  since?: number;
  process?: RunProcess;
}

/** The course of a study on this machine: which run begins when, and what becomes of it. */
export class Course {
  readonly #study: Study;
  readonly #settings: CourseSettings;
  readonly #searches: Searches;
  readonly #entries = new Map<string, Entry>();
  readonly #under = new Set<Promise<void>>();
  /** When the report may be written next, in milliseconds of `performance.now()`. */
  #nextReport = 0;

  constructor(study: Study, runs: readonly PlannedRun[], settings: CourseSettings) {
    this.#study = study;
    this.#settings = settings;
    const { journal } = settings;
    this.#searches = new Searches(study, journal.events, (event) => journal.write(event));
    for (const run of runs) this.#enter(run);
    for (const event of journal.events) {
      if (event.event === 'ask')
        this.#enterTrial({ stage: this.#stage(event.stage), trial: event.trial });
    }
    for (const event of journal.events) {
      if (event.event !== 'tell') continue;
      const entry = this.#entryOf({
        stage: this.#stage(event.stage),
        trial: { number: event.told.number, values: {} },
      });
      if (!entry || !startable(entry)) continue;
      const failure = lastFailure(journal.events, entry.run.id);
      if (event.told.value === undefined && failure) {
        // The search counts with it: the trial does not come again.
        entry.state = 'failed';
        entry.error = failure.message;
      } else if (entry.state === 'stopped') entry.state = 'paused';
    }
    this.#told();
  }

  /** Resolves when nothing is left that could be begun; after an abort, when all processes have ended. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => {
      for (const { process } of this.#entries.values()) process?.stop();
    };
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        while (this.#under.size < this.#settings.slots && !signal.aborted) {
          const entry = this.#next();
          if (!entry) break;
          const work = this.#make(entry, signal).finally(() => this.#under.delete(work));
          this.#under.add(work);
        }
        const left = this.#untilRetry();
        if (this.#under.size === 0 && left === undefined) return;
        const retry = left === undefined ? [] : [pause(left, signal).catch(() => {})];
        await Promise.race([...this.#under, ...retry]);
      }
    } catch (error) {
      stop();
      throw error;
    } finally {
      await Promise.allSettled(this.#under);
      signal.removeEventListener('abort', stop);
    }
  }

  #enter(run: PlannedRun, asked?: AskedTrial): Entry {
    const record = recordIn(join(this.#settings.folder, run.id));
    const failure = lastFailure(this.#settings.journal.events, run.id);
    // What else would fail the same way may have been mended since, such as a function of one's own.
    const final = failure?.final && record?.status === 'diverged';
    const state =
      record && isComplete(record) ? 'complete' : final ? 'failed' : record ? 'stopped' : 'waiting';
    const value = record && metricKept(record, this.#study.metric);
    const entry: Entry = {
      run,
      ...(asked && { asked }),
      state,
      failures: 0,
      notBefore: 0,
      ...(value !== undefined && { value }),
      ...(state === 'failed' && failure && { error: failure.message }),
    };
    this.#entries.set(run.id, entry);
    return entry;
  }

  #enterTrial(asked: AskedTrial): Entry {
    const found = this.#entryOf(asked);
    if (found) {
      found.asked = asked;
      return found;
    }
    const planned = [...this.#entries.values()].map(({ run }) => run);
    const { stage, trial } = asked;
    return this.#enter(
      plannedTrial(stage, this.#settings.programs, trial.number, trial.values, planned),
      asked,
    );
  }

  #entryOf({ stage, trial }: Pick<AskedTrial, 'stage' | 'trial'>): Entry | undefined {
    return [...this.#entries.values()].find(
      ({ asked }) => asked?.stage.name === stage.name && asked.trial.number === trial.number,
    );
  }

  #stage(name: string): Study['stages'][number] {
    const stage = this.#study.stages.find((each) => each.name === name);
    if (!stage) throw new Error(`study: it has no stage '${name}' any more; give it another name`);
    return stage;
  }

  /** What can begin now. */
  #next(): Entry | undefined {
    this.#skip();
    const now = performance.now();
    for (const entry of this.#entries.values()) {
      if (entry.asked || !startable(entry) || entry.notBefore > now) continue;
      if (this.#ready(entry)) return entry;
    }
    for (const entry of this.#entries.values()) {
      if (entry.asked && startable(entry) && entry.failures > 0 && entry.notBefore <= now)
        return entry;
    }
    return this.#nextTrial(new Set());
  }

  /** @param held stages of searches whose trials wait for a run that they need, to which it adds */
  #nextTrial(held: Set<string>): Entry | undefined {
    const asked = this.#searches.next(held);
    if (typeof asked === 'string') return undefined;
    const entry = this.#enterTrial(asked);
    entry.state = entry.state === 'failed' ? 'failed' : 'waiting';
    if (this.#ready(entry) && entry.state === 'waiting') return entry;
    if (entry.state === 'waiting' && !this.#hopeless(entry)) {
      // A run that it needs is under way; another search may need none.
      this.#searches.giveBack(asked);
      return this.#nextTrial(held.add(asked.stage.name));
    }
    this.#tell(entry);
    return this.#next();
  }

  #ready({ run: { needs } }: Entry): boolean {
    return needs.every((id) => this.#entries.get(id)?.state === 'complete');
  }

  #hopeless({ run: { needs } }: Entry): string | undefined {
    return needs.find((id) =>
      ['failed', 'skipped'].includes(this.#entries.get(id)?.state ?? 'failed'),
    );
  }

  /** Runs whose needs have failed. */
  #skip(): void {
    for (const entry of this.#entries.values()) {
      if (!startable(entry)) continue;
      const lacking = this.#hopeless(entry);
      if (lacking === undefined) continue;
      entry.state = 'skipped';
      entry.error = `${lacking}, which it needs, failed`;
      this.#told();
    }
  }

  /** Milliseconds until a run is tried again; undefined where none is. */
  #untilRetry(): number | undefined {
    const now = performance.now();
    const times = [...this.#entries.values()]
      .filter((entry) => startable(entry) && entry.notBefore > now)
      .map(({ notBefore }) => notBefore - now);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  async #make(entry: Entry, signal: AbortSignal): Promise<void> {
    const { folder, programs, start, threads } = this.#settings;
    const { run, asked } = entry;
    const program = programs[run.program] as Program;
    entry.state = 'running';
    entry.since = Date.now();
    delete entry.error;
    const order = {
      config: withFolders(run.config, (id) => join(folder, id)),
      folder: join(folder, run.id),
      threads,
      ...(asked?.untilEpoch !== undefined && { untilEpoch: asked.untilEpoch }),
    };
    entry.process = start(program, order, {
      onProgress: (progress) => {
        entry.progress = progress;
        const value = progress[this.#study.metric.name];
        if (value !== undefined) entry.value = value;
        this.#told();
      },
    });
    this.#told();
    const end = await entry.process.end;
    delete entry.process;
    const state = this.#ended(entry, end, signal.aborted);
    this.#told();
    if (state === 'complete' || state === 'failed') this.#report();
  }

  /** Of a large study it takes its time: it is written anew where that is at most a twentieth of all. */
  #report(): void {
    const now = performance.now();
    if (now < this.#nextReport) return;
    this.#settings.write();
    const after = performance.now();
    this.#nextReport = after + 20 * (after - now);
  }

  #ended(entry: Entry, end: RunEnd, aborted: boolean): LiveRun['state'] {
    const record = recordIn(join(this.#settings.folder, entry.run.id));
    const value = record && metricKept(record, this.#study.metric);
    if (value !== undefined) entry.value = value;
    if (end.kind === 'complete' || end.kind === 'paused') {
      entry.state = end.kind;
      this.#tell(entry);
    } else if (aborted) entry.state = 'stopped';
    else if (end.kind === 'stopped') {
      this.#failed(
        entry,
        `its process was ended by ${end.signal}${end.signal === 'SIGKILL' ? ', as a machine does that is out of memory' : ''}`,
        false,
      );
    } else this.#failed(entry, end.message, end.final);
    return entry.state;
  }

  #failed(entry: Entry, message: string, final: boolean): void {
    const { journal, retries, backoff } = this.#settings;
    entry.failures += 1;
    entry.error = message;
    const givenUp = final || entry.failures > retries;
    journal.write({ event: 'failed', id: entry.run.id, message, final, givenUp });
    if (givenUp) {
      entry.state = 'failed';
      this.#tell(entry);
      return;
    }
    entry.state = 'stopped';
    entry.notBefore = performance.now() + backoff * 1000 * 4 ** (entry.failures - 1);
  }

  /** Tells a search what has become of a trial. */
  #tell({ run, asked, state }: Entry): void {
    if (!asked) return;
    const { untilEpoch, trial } = asked;
    const record =
      state === 'failed' || state === 'skipped'
        ? undefined
        : recordIn(join(this.#settings.folder, run.id));
    const value =
      record &&
      (untilEpoch === undefined
        ? metricKept(record, this.#study.metric)
        : metricAt(record, this.#study.metric, untilEpoch));
    if (record && value === undefined) throw noMetric(run.id, this.#study.metric, untilEpoch);
    const told: Tell = {
      number: trial.number,
      ...(untilEpoch !== undefined && { untilEpoch }),
      ...(value !== undefined && { value }),
    };
    this.#searches.tell(asked, told);
  }

  #told(): void {
    const { onChange, total } = this.#settings;
    onChange?.({
      name: this.#study.name,
      total,
      runs: [...this.#entries.values()].map(
        ({ run, state, failures, progress, value, error, since }) => ({
          ...run,
          state,
          failures,
          ...(progress && { progress }),
          ...(value !== undefined && { value }),
          ...(error !== undefined && { error }),
          ...(since !== undefined && { since }),
        }),
      ),
    });
  }
}

function startable({ state }: Entry): boolean {
  return state === 'waiting' || state === 'stopped';
}
