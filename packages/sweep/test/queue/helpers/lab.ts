import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sha256 } from '@mnet/core/files';
import type { Config } from '../../../src/config.ts';
import type { StudyStore } from '../../../src/queue/study-store.ts';
import { openQueue } from '../../../src/queue/open-queue.ts';
import { partsOf } from '../../../src/queue/queue-parts.ts';
import type { QueuedStudy } from '../../../src/queue/queued-run.ts';
import { queueStatus } from '../../../src/queue/queue-status.ts';
import type { RunQueue } from '../../../src/queue/run-queue.ts';
import { startWorker } from '../../../src/queue/start-worker.ts';
import type {
  QueueWorker,
  WorkerEvent,
  WorkerOptions,
  WorkerParts,
} from '../../../src/queue/worker-options.ts';
import type { PlannedRun } from '../../../src/study/plan.ts';
import { nodeFlags } from '../../../../../tools/processes/start.mjs';
import { FolderStore } from './folder-store.ts';
import { startToyRun, toyProgram, toyValue, toyWeights } from './toy-runs.ts';

const workerProgram = fileURLToPath(new URL('./worker-process.ts', import.meta.url));

const driverProgram = fileURLToPath(new URL('./driver-process.ts', import.meta.url));

/** Times by which a test sees in a second or two what takes a minute else. */
export const quick: WorkerOptions = { lease: 1500, check: 300, poll: 100, progress: 50 };

/** A line of a worker's: an event, or that it is ready, heard a signal, or has ended. */
export type Said = Omit<WorkerEvent, 'kind'> & { readonly kind: string };

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly child: ChildProcess;
  readonly said: Said[];
  /** All that it printed. */
  text(): string;
  /** Waits for an event. */
  heard(kind: string, run?: string): Promise<Said>;
  ended: Promise<unknown>;
}

/** A queue, a store, and workers for one test. */
export class Lab {
  readonly url: string;
  readonly folder: string;
  readonly store: FolderStore;
  readonly queue: RunQueue;
  readonly events: WorkerEvent[] = [];
  readonly notes: string[];
  readonly #name: string;
  readonly #workers: QueueWorker[] = [];
  readonly #processes: WorkerProcess[] = [];
  readonly #queues: RunQueue[] = [];

  private constructor(url: string, folder: string, name: string, queue: RunQueue, notes: string[]) {
    this.url = url;
    this.folder = folder;
    this.#name = name;
    this.queue = queue;
    this.notes = notes;
    this.store = new FolderStore(join(folder, 'store'));
  }

  static async open(url: string): Promise<Lab> {
    const folder = await mkdtemp(join(tmpdir(), 'mnet-queue-'));
    const notes: string[] = [];
    const queue = await openQueue(url, { onNote: (note) => notes.push(note) });
    // A worker of the test before may have shown itself once more until it was killed.
    await partsOf(queue).client.flushall();
    return new Lab(url, folder, 'mnet-runs', queue, notes);
  }

  get kept(): StudyStore {
    return { store: this.store, archive: this.store.archive };
  }

  /** File in which runs say when they live. */
  get lives(): string {
    return join(this.folder, 'lives.log');
  }

  run(id: string, config: Partial<Config> = {}, needs: readonly string[] = []): PlannedRun {
    const own = { id, lives: this.lives, epochs: 3, milliseconds: 20, rate: 1, ...config };
    return { id, stage: '', program: 'toy', config: own, values: {}, needs };
  }

  /** A worker in this process, with a connection of its own, as workers have. */
  async worker(
    options: WorkerOptions = {},
    parts: Partial<WorkerParts> = {},
  ): Promise<QueueWorker> {
    const queue = await openQueue(this.url, { name: this.#name });
    this.#queues.push(queue);
    const worker = await startWorker(
      queue,
      {
        store: this.store,
        archive: this.store.archive,
        scratch: join(this.folder, `scratch-${this.#queues.length}`),
        startRun: startToyRun,
        program: (name) => (name === 'toy' ? toyProgram : undefined),
        weights: toyWeights,
        value: toyValue,
        ...parts,
      },
      { ...quick, onEvent: (event) => this.events.push(event), ...options },
    );
    this.#workers.push(worker);
    return worker;
  }

  async process(options: WorkerOptions = {}, url = this.url): Promise<WorkerProcess> {
    const settings = {
      url,
      store: join(this.folder, 'store'),
      scratch: join(this.folder, `scratch-process-${this.#processes.length}`),
      options: { ...quick, ...options },
    };
    const child = spawn(process.execPath, [...nodeFlags, workerProgram, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: Said[] = [];
    let text = '';
    createInterface(child.stdout).on('line', (line) => {
      text += `${line}\n`;
      said.push(JSON.parse(line) as Said);
    });
    child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
    const worker: WorkerProcess = {
      child,
      said,
      text: () => text,
      ended: once(child, 'close'),
      heard: (kind, run) =>
        until(() => {
          const event = said.find((each) => each.kind === kind && (run ?? each.run) === each.run);
          if (!event && child.exitCode !== null) {
            throw new Error(`worker ended without '${kind}':\n${text}`);
          }
          return event;
        }),
    };
    this.#processes.push(worker);
    await until(
      () => said.some(({ kind }) => /ready|refused/.test(kind)) || child.exitCode !== null,
    );
    return worker;
  }

  /** A driver of a search of so many trials, in a process of its own, until the test kills it. */
  driver(trials: number): ChildProcess {
    const words = [this.url, join(this.folder, 'store'), this.lives, `${trials}`];
    return spawn(process.execPath, [...nodeFlags, driverProgram, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  async study(name: string): Promise<QueuedStudy> {
    const { studies } = await queueStatus(this.queue, name);
    return studies[0]!;
  }

  /** The state of each run of a study. */
  async states(name: string): Promise<Record<string, string>> {
    const { runs } = await this.study(name);
    return Object.fromEntries(runs.map(({ id, state }) => [id, state]));
  }

  /** When each process of each run lived. */
  async intervals(): Promise<Map<string, { pid: string; from: number; to: number }[]>> {
    const lines = (await readFile(this.lives, 'utf8').catch(() => '')).trim().split('\n');
    const runs = new Map<string, Map<string, { pid: string; from: number; to: number }>>();
    for (const line of lines.filter((each) => each !== '')) {
      const [id, pid, time] = line.split(' ') as [string, string, string];
      const processes = runs.get(id) ?? new Map<string, never>();
      const one = processes.get(pid) ?? { pid, from: Number(time), to: Number(time) };
      one.to = Number(time);
      processes.set(pid, one);
      runs.set(id, processes);
    }
    return new Map([...runs].map(([id, processes]) => [id, [...processes.values()]]));
  }

  /** Pairs of processes that had one run at once. */
  async overlaps(): Promise<string[]> {
    const found: string[] = [];
    for (const [id, all] of await this.intervals()) {
      for (const a of all) {
        for (const b of all) {
          if (a !== b && a.from <= b.from && b.from <= a.to)
            found.push(`${id}: ${a.pid}, ${b.pid}`);
        }
      }
    }
    return found;
  }

  async close(): Promise<void> {
    for (const { child, ended } of this.#processes) {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await ended;
    }
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    await Promise.all([this.queue, ...this.#queues].map((queue) => queue.close()));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The weights that a toy run ends with on a single machine. */
export function toyEnd(rate: number, epochs = 3, begins = ''): string {
  let digest = begins;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    digest = createHash('sha256').update(`${digest} ${rate} ${epoch}`).digest('hex');
  }
  return sha256([digest]);
}

/** What a busy machine may take, in milliseconds; longer, and it was missed. */
const patience = 90_000;

/** Waits until something is so. */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const start = performance.now();
  while (performance.now() - start < patience) {
    const seen = await look();
    if (seen) return seen;
    await pause(20);
  }
  throw new Error(`what was waited for did not come in ${patience / 1000} s: ${String(look)}`);
}
