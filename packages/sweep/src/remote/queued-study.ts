import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Given, resolve } from '@mnet/core/options';
import { writeWhole } from '@mnet/core/files';
import type { JournalEvent } from '../engine/journal.ts';
import { readStudy } from '../engine/read-study.ts';
import {
  checkEdits,
  editsOf,
  readStored,
  storedStudy,
  type StudyEdits,
  studyPaths,
  writeStored,
} from '../engine/study-folder.ts';
import { lockedStudy } from '../engine/study-lock.ts';
import type { LiveRun } from '../engine/study-state.ts';
import { QueueError } from '../queue/queue-error.ts';
import { driveSearch } from '../queue/drive-search.ts';
import { eachAtOnce } from '../at-once.ts';
import { enqueueStudy, type StudyStore } from '../queue/enqueue-study.ts';
import { followStudy } from '../queue/follow-study.ts';
import { runDigests } from '../queue/run-digest.ts';
import type { RunQueue } from '../queue/run-queue.ts';
import { partsOf } from '../queue/queue-parts.ts';
import { SearchJournal } from '../queue/search-journal.ts';
import type { QueuedRun, QueuedState, QueuedStudy } from '../queue/study-status.ts';
import type { WorkerInfo } from '../queue/worker-options.ts';
import { liveWorkers } from '../queue/worker-registry.ts';
import { writeStudyPage } from '../report/study-page.ts';
import type { StudyRecord } from '../report/study-record.ts';
import type { Program } from '../run/program.ts';
import { recordIn } from '../run/record-in.ts';
import { metricKept } from '../search/metric-of.ts';
import type { Trial } from '../search/search.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { type PlannedRun, plannedTrial, planOf, type Programs } from '../study/plan.ts';
import { isRunOf } from '../study/run-of.ts';
import type { Stage, Study } from '../study/study.ts';
import { archivesIn } from './archives.ts';
import { mirrorRun } from './mirror.ts';
import { nameOnQueue } from './names-on-queue.ts';
import { queuedStudyOptions } from './queued-study-options.ts';
import { offerInputs } from './run-inputs.ts';

/** Settings of {@link runQueuedStudy}. */
export interface QueuedStudyOptions extends Given<typeof queuedStudyOptions> {
  readonly programs: Programs;
  /** Leaves the study, which goes on; the same call follows it again. */
  readonly signal?: AbortSignal;
}

/**
 * Puts a study on a queue, or joins it there, follows it until all its runs have ended, and writes its report from what the store has of them. A search is
 * driven by this process: where that ends, the runs under way end, and the same call goes on with it.
 *
 * @returns what has become of it; undefined with `detach`
 * @throws QueueError, StoreError, and Error as `runStudy`; the signal's reason where it is aborted
 */
export async function runQueuedStudy(
  study: Study,
  queue: RunQueue,
  store: ObjectStore,
  { programs, signal, ...given }: QueuedStudyOptions,
): Promise<StudyRecord | undefined> {
  const settings = resolve(queuedStudyOptions, given, 'runQueuedStudy options');
  const runs = planOf(study, programs);
  checkSearches(study, settings.detach);
  const course = new QueuedCourse(study, runs, queue, store, programs, settings);
  if (settings.detach) {
    await course.enqueue();
    return undefined;
  }
  mkdirSync(settings.folder, { recursive: true });
  return lockedStudy(settings.folder, signal, (lock) => course.follow(lock));
}

/** What of searches a queue does not do. */
function checkSearches({ stages }: Study, detach: boolean): void {
  for (const { search, base, name } of stages) {
    if (!search) continue;
    if (detach) {
      throw new Error(
        'detach: got true with a search, which this process drives; takes it with studies whose runs are known before',
      );
    }
    const key = Object.keys(base).find((each) => isRunOf(base[each]));
    if (key !== undefined) {
      throw new Error(
        `study${name === '' ? '' : `.stages.${name}`}.base.${key}: got runOf in a search on a queue, takes the folder of a run that is complete`,
      );
    }
  }
}

type Settings = ReturnType<typeof resolve<typeof queuedStudyOptions.fields>>;

/** The course of a study on a queue, as its driver sees it. */
class QueuedCourse {
  readonly #study: Study;
  readonly #runs: readonly PlannedRun[];
  readonly #queue: RunQueue;
  readonly #programs: Programs;
  readonly #settings: Settings;
  readonly #kept: StudyStore;
  /** What was seen last, by the study's name on the queue. */
  readonly #seen = new Map<string, QueuedStudy>();
  readonly #trials = new Map<
    string,
    { readonly stage: Stage; readonly trial: Trial; readonly run: PlannedRun }
  >();
  /** As they are on the queue, by id, with the study's name there. */
  readonly #places = new Map<string, { readonly study: string; readonly digest: string }>();
  /** What the runs that were fetched have reached, by id. */
  readonly #mirrored = new Map<string, number | undefined>();
  #mirroring: Promise<void> = Promise.resolve();
  /** Since when runs wait and none is made. */
  #idleSince: number | undefined;
  /** What was said last of workers that are not there. */
  #lacking: string | undefined;

  constructor(
    study: Study,
    runs: readonly PlannedRun[],
    queue: RunQueue,
    store: ObjectStore,
    programs: Programs,
    settings: Settings,
  ) {
    this.#study = study;
    this.#runs = runs;
    this.#queue = queue;
    this.#programs = programs;
    this.#settings = settings;
    this.#kept = { store, archive: archivesIn(store) };
  }

  /** Puts the runs that are known on the queue. */
  async enqueue(): Promise<void> {
    if (this.#runs.length === 0) return;
    const offered = await this.#offered(this.#runs);
    this.#note(this.#study.name, offered);
    const { priority, attempts, backoff, build, acceptEdits, onNote } = this.#settings;
    const { added, there, waiting, ended } = await enqueueStudy(
      this.#queue,
      this.#study.name,
      offered,
      this.#kept,
      {
        priority,
        attempts,
        backoff,
        ...(build !== undefined && { build }),
        accept: acceptEdits,
      },
    );
    const counts = [
      [added, 'put on the queue'],
      [waiting, 'wait for others'],
      [there, 'there already'],
      [ended, 'ended before'],
    ] as const;
    const said = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
    onNote?.(`${this.#study.name} on ${this.#queue.place}: ${said.join(', ')}`);
  }

  async follow(lock: AbortSignal): Promise<StudyRecord> {
    const { folder, commands } = this.#settings;
    const before = readStored(folder);
    const stored = storedStudy(this.#study, this.#runs, before, commands);
    if (before) this.#takeEdits(editsOf(before, stored));
    await writeStored(folder, stored);
    const leave = new AbortController();
    const signal = AbortSignal.any([lock, leave.signal]);
    const follows = [
      ...(this.#runs.length > 0 ? [this.#followRuns(signal)] : []),
      ...this.#study.stages
        .filter(({ search }) => search)
        .map((stage) => this.#drive(stage, signal)),
    ];
    try {
      await Promise.all(follows);
    } catch (error) {
      leave.abort();
      await Promise.allSettled(follows);
      throw error;
    }
    lock.throwIfAborted();
    await this.#mirror(true);
    await this.#writeJournal();
    const record = readStudy(folder);
    writeStudyPage(studyPaths(folder).report, record);
    return record;
  }

  /** Of an edited run the folder holds a copy, which goes; the store keeps what that was made of. */
  #takeEdits(edits: StudyEdits): void {
    const { folder, acceptEdits: accepted } = this.#settings;
    const { configs } = studyPaths(folder);
    // One that was made here lies nowhere else.
    const replaces = (id: string): boolean => !existsSync(join(configs, `${id}.json`));
    checkEdits(edits, { accepted, replaces, otherwise: '' }, folder);
    for (const id of edits.changed) rmSync(join(folder, id), { recursive: true, force: true });
  }

  async #followRuns(signal: AbortSignal): Promise<void> {
    const { poll } = this.#settings;
    for (;;) {
      await this.enqueue();
      try {
        for await (const seen of followStudy(this.#queue, this.#study.name, { poll, signal })) {
          await this.#saw(seen);
        }
        return;
      } catch (error) {
        if (!(error instanceof QueueError) || error.code !== 'gone') throw error;
        this.#settings.onNote?.(`${error.message}: it is put there again`);
      }
    }
  }

  async #drive(stage: Stage, signal: AbortSignal): Promise<void> {
    const { search, name } = stage;
    if (!search) return;
    const study = nameOnQueue(this.#study, name);
    const { metric } = this.#study;
    const { priority, attempts, backoff, build, parallel, poll } = this.#settings;
    const [offered] = await this.#offered([
      { id: name, stage: name, program: stage.program, config: stage.base, values: {}, needs: [] },
    ]);
    const base = { program: stage.program, config: offered?.config ?? stage.base };
    const plan = (trial: Trial): PlannedRun => {
      const run = plannedTrial(stage, this.#programs, trial.number, trial.values, []);
      const queued = { ...run, config: { ...base.config, ...trial.values } };
      this.#trials.set(run.id, { stage, trial, run });
      this.#note(study, [queued]);
      return queued;
    };
    const driven = driveSearch(this.#queue, study, { search, metric, base, plan }, this.#kept, {
      priority,
      attempts,
      backoff,
      parallel,
      poll,
      ...(build !== undefined && { build }),
      wait: true,
      signal,
    });
    for await (const seen of driven) await this.#saw(seen);
  }

  #offered(runs: readonly PlannedRun[]): Promise<readonly PlannedRun[]> {
    const { cache, upload, onNote } = this.#settings;
    return offerInputs(
      runs,
      ({ program }) => this.#programs[program] as Program,
      this.#kept.store,
      {
        cache,
        content: upload,
        onInput: (path) =>
          onNote?.(
            `${path}: ${upload ? 'to the store, as far as it is not there' : 'by its digest'}`,
          ),
      },
    );
  }

  #note(study: string, runs: readonly PlannedRun[]): void {
    for (const [id, digest] of runDigests(runs)) this.#places.set(id, { study, digest });
  }

  async #saw(seen: QueuedStudy): Promise<void> {
    this.#seen.set(seen.name, seen);
    await this.#lookForWorkers(seen);
    await this.#mirror(false);
    const { onChange } = this.#settings;
    if (!onChange) return;
    const searched = this.#study.stages.reduce((sum, { search }) => sum + (search?.trials ?? 0), 0);
    onChange({ name: this.#study.name, total: this.#runs.length + searched, runs: this.#live() });
  }

  /** Says once why nothing begins, where that is for want of workers. */
  async #lookForWorkers({ counts }: QueuedStudy): Promise<void> {
    const { build, poll, onNote } = this.#settings;
    const waits = counts.waiting > 0 && counts.running === 0;
    if (!waits) this.#idleSince = undefined;
    if (!waits || !onNote) return;
    const now = performance.now();
    this.#idleSince ??= now;
    // Workers may be about to take them.
    if (now - this.#idleSince < 5 * (poll ?? 1000)) return;
    const lacking = lackingWorkers(await liveWorkers(partsOf(this.#queue)), build);
    if (lacking !== undefined && lacking !== this.#lacking) onNote(lacking);
    this.#lacking = lacking;
  }

  #live(): LiveRun[] {
    const planned = new Map(
      [...this.#runs, ...[...this.#trials.values()].map(({ run }) => run)].map((run) => [
        run.id,
        run,
      ]),
    );
    const { metric } = this.#study;
    return this.#all().flatMap((run) => {
      const plan = planned.get(run.id);
      const value = this.#mirrored.get(run.id) ?? run.value ?? run[metric.name];
      return plan
        ? [
            {
              ...plan,
              state: liveState[run.state],
              failures: run.failures,
              ...(value !== undefined && { value }),
              ...(run.reason !== undefined && { error: run.reason }),
              ...(run.since !== undefined && { since: Date.parse(run.since) }),
              ...(run.epoch !== undefined && {
                progress: {
                  epoch: run.epoch,
                  epochs: run.epochs ?? run.epoch,
                  share: run.share ?? 0,
                },
              }),
            },
          ]
        : [];
    });
  }

  #all(): QueuedRun[] {
    return [...this.#seen.values()].flatMap(({ runs }) => runs);
  }

  /**
   * Fetches what has ended, one call after the other: the parts of a study are followed beside each other.
   *
   * @param all whether also what a search has paused
   */
  async #mirror(all: boolean): Promise<void> {
    this.#mirroring = this.#mirroring.catch(() => {}).then(() => this.#mirrorNew(all));
    await this.#mirroring;
  }

  async #mirrorNew(all: boolean): Promise<void> {
    const { folder, weights } = this.#settings;
    const wanted = this.#all().filter(
      ({ id, state }) =>
        !this.#mirrored.has(id) &&
        (state === 'complete' || (all && (state === 'paused' || state === 'failed'))),
    );
    await eachAtOnce(wanted, 4, async ({ id }) => {
      const place = this.#places.get(id);
      if (!place) return;
      const archive = this.#kept.archive({ ...place, run: id });
      await mirrorRun(archive, join(folder, id), weights);
      const record = recordIn(join(folder, id));
      this.#mirrored.set(id, record && metricKept(record, this.#study.metric));
    });
  }

  /** What of the queue the folders of runs do not say. */
  async #writeJournal(): Promise<void> {
    const events: JournalEvent[] = [];
    for (const { search, name: stage } of this.#study.stages) {
      if (!search) continue;
      const journal = new SearchJournal(this.#kept.store, nameOnQueue(this.#study, stage));
      for (const { told, asked } of await journal.replay(search.start(this.#study.metric))) {
        for (const each of told) events.push({ event: 'tell', stage, told: each });
        for (const ask of asked) {
          if (ask.kind !== 'run') continue;
          const { trial, untilEpoch } = ask;
          events.push({
            event: 'ask',
            stage,
            trial,
            ...(untilEpoch !== undefined && { untilEpoch }),
          });
        }
      }
    }
    for (const { id, state, reason } of this.#all()) {
      if (state === 'failed' || state === 'cancelled' || state === 'removed') {
        const message = reason ?? (state === 'failed' ? 'it failed' : `it was ${state}`);
        events.push({ event: 'failed', id, message, final: true, givenUp: true });
      }
    }
    const content = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    await writeWhole(studyPaths(this.#settings.folder).journal, content);
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

const liveState: Readonly<Record<QueuedState, LiveRun['state']>> = {
  needs: 'waiting',
  waiting: 'waiting',
  running: 'running',
  retrying: 'stopped',
  paused: 'paused',
  complete: 'complete',
  failed: 'failed',
  skipped: 'skipped',
  cancelled: 'stopped',
  removed: 'stopped',
};
