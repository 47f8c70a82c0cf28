import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '@mnet/core/files';
import type { resolve } from '@mnet/core/options';
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
import type { LiveRun } from '../engine/study-state.ts';
import { QueueError } from '../queue/queue-error.ts';
import { driveSearch } from '../queue/drive-search.ts';
import { enqueueStudy } from '../queue/enqueue-study.ts';
import type { StudyStore } from '../queue/study-store.ts';
import { followStudy } from '../queue/follow-study.ts';
import type { RunQueue } from '../queue/run-queue.ts';
import { SearchJournal } from '../queue/search-journal.ts';
import type { QueuedRun, QueuedState, QueuedStudy } from '../queue/queued-run.ts';
import { writeStudyPage } from '../report/study-page.ts';
import type { StudyRecord } from '../report/study-record.ts';
import type { Program } from '../run/program.ts';
import type { Trial } from '../search/search.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { type PlannedRun, plannedTrial, type Programs } from '../study/plan.ts';
import type { Stage, Study } from '../study/study.ts';
import { archivesIn } from './archives.ts';
import { LackingWorkers } from './lacking-workers.ts';
import { MirroredRuns } from './mirrored-runs.ts';
import { nameOnQueue } from './names-on-queue.ts';
import type { queuedStudyOptions } from './queued-study-options.ts';
import { offerInputs, type Offering } from './run-inputs.ts';

type Settings = ReturnType<typeof resolve<typeof queuedStudyOptions.fields>>;

/** The course of a study on a queue, as its driver sees it. */
export class QueuedCourse {
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
  readonly #mirrored: MirroredRuns;
  readonly #lacking: LackingWorkers;

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
    const { folder, weights, build, poll, onNote } = settings;
    this.#mirrored = new MirroredRuns(folder, this.#kept, study.metric, weights);
    this.#lacking = new LackingWorkers(queue, build, poll ?? 1000, onNote);
  }

  /** Puts the runs that are known on the queue. */
  async enqueue(): Promise<void> {
    if (this.#runs.length === 0) return;
    const offered = await this.#offered(this.#runs);
    this.#mirrored.note(this.#study.name, offered);
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
    await this.#mirrored.fetch(this.#all(), true);
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
    const { program, base: config } = stage;
    const digests = new Map<string, string>();
    const [offered] = await this.#offered(
      [{ id: name, stage: name, program, config, values: {}, needs: [] }],
      { digests, open: search.keys },
    );
    const base = { program, config: offered?.config ?? config };
    // What a trial reads may be what the search sets, so it is not the base's.
    const plan = async (trial: Trial): Promise<PlannedRun> => {
      const run = plannedTrial(stage, this.#programs, trial.number, trial.values, []);
      const [queued = run] = await this.#offered([run], { digests });
      this.#trials.set(run.id, { stage, trial, run });
      this.#mirrored.note(study, [queued]);
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

  #offered(
    runs: readonly PlannedRun[],
    more: Pick<Offering, 'digests' | 'open'> = {},
  ): Promise<readonly PlannedRun[]> {
    const { cache, upload, onNote } = this.#settings;
    return offerInputs(
      runs,
      ({ program }) => this.#programs[program] as Program,
      this.#kept.store,
      {
        ...more,
        cache,
        content: upload,
        onInput: (path) =>
          onNote?.(
            `${path}: ${upload ? 'to the store, as far as it is not there' : 'by its digest'}`,
          ),
      },
    );
  }

  async #saw(seen: QueuedStudy): Promise<void> {
    this.#seen.set(seen.name, seen);
    await this.#lacking.saw(seen);
    await this.#mirrored.fetch(this.#all(), false);
    const { onChange } = this.#settings;
    if (!onChange) return;
    const searched = this.#study.stages.reduce((sum, { search }) => sum + (search?.trials ?? 0), 0);
    onChange({ name: this.#study.name, total: this.#runs.length + searched, runs: this.#live() });
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
      const value = this.#mirrored.valueOf(run.id) ?? run.value ?? run[metric.name];
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
