import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pause, writeWholeSync } from '@mnet/core/files';
import { type FollowedRun, followRun, type RunRecord, runPaths } from '@mnet/train';
import { lastWords, outputFile } from './output.ts';
import type { Program, RunOrder } from './program.ts';
import { isComplete, recordIn } from './record-in.ts';
import { outOfLease } from './with-parent.ts';
import type { RunEnd, RunProcess, RunProgress, RunWatch } from './run-process.ts';

/** How often a run's folder is looked at, in milliseconds. */
const LOOK = 500;
/** How long an earlier process of the same run is waited for, whose parent was killed, in milliseconds. */
const PATIENCE = 30_000;
/** Exit codes of `mnet`: a wrong flag; stopped by SIGHUP, SIGINT, SIGTERM. */
const misused = 2;
const interrupted: Readonly<Record<number, string>> = {
  [outOfLease]: 'lease',
  129: 'SIGHUP',
  130: 'SIGINT',
  143: 'SIGTERM',
};

/** The file with a run's settings, beside the folders of runs, as `--config` of `mnet` takes it. */
export function configFile(folder: string): string {
  return join(dirname(folder), 'configs', `${basename(folder)}.json`);
}

/** Starts the process of a run, as {@link RunProcess} says; it ends when this process does, however that ends. */
export function startRun(program: Program, order: RunOrder, watch: RunWatch = {}): RunProcess {
  return new Started(program, order, watch);
}

class Started implements RunProcess {
  readonly end: Promise<RunEnd>;
  readonly #order: RunOrder;
  readonly #watch: RunWatch;
  readonly #followed: FollowedRun;
  #child: ChildProcess | undefined;
  /** By which signal the process was ended from here. */
  #stopped: NodeJS.Signals | undefined;
  #checkpoints = '';
  /** Where in the file of its output the process's own begins. */
  #spoken = 0;
  /** Told before there was a process. */
  #lease: number | undefined;

  constructor(program: Program, order: RunOrder, watch: RunWatch) {
    this.#order = order;
    this.#watch = watch;
    this.#followed = followRun(order.folder);
    this.end = this.#run(program).catch((error: unknown) => ({
      kind: 'failed',
      message: error instanceof Error ? error.message : String(error),
      final: false,
    }));
  }

  stop(): void {
    this.#signal('SIGTERM');
  }

  kill(): void {
    this.#signal('SIGKILL');
  }

  lease(milliseconds: number): void {
    // It may be gone when it is told.
    if (this.#child?.connected) this.#child.send({ lease: milliseconds }, () => {});
    else this.#lease = milliseconds;
  }

  #signal(signal: NodeJS.Signals): void {
    this.#stopped = signal;
    this.#child?.kill(signal);
  }

  async #run(program: Program): Promise<RunEnd> {
    const { folder, config } = this.#order;
    await this.#untilFree();
    if (this.#stopped) return { kind: 'stopped', signal: this.#stopped };
    mkdirSync(folder, { recursive: true });
    const file = configFile(folder);
    writeWholeSync(file, `${JSON.stringify(config, null, 2)}\n`);
    const { file: command, args, env } = program.command({ ...this.#order, configFile: file });
    const output = openSync(outputFile(folder), 'a');
    try {
      this.#spoken = fstatSync(output).size;
      this.#child = spawn(command, args, {
        // By the channel the process notices that this one is gone.
        stdio: ['ignore', output, output, 'ipc'],
        env: { ...process.env, MNET_ENDS_WITH_PARENT: '1', ...env },
        // Ctrl-C reaches this process alone, which passes it on once.
        detached: process.platform !== 'win32',
        windowsHide: true,
      });
    } finally {
      closeSync(output);
    }
    const child = this.#child;
    endAtExit(child);
    if (this.#lease !== undefined) this.lease(this.#lease);
    const timer = setInterval(() => this.#look(), LOOK);
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
      (resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (...ended) => resolve(ended));
      },
    ).finally(() => clearInterval(timer));
    this.#look();
    return this.#ended(code, signal);
  }

  /** A process whose parent was killed ends by itself, at its next step; until then it holds the folder. */
  async #untilFree(): Promise<void> {
    const since = performance.now();
    while (!this.#stopped && this.#followed.isHeld() && performance.now() - since < PATIENCE) {
      await pause(LOOK);
    }
  }

  #look(): void {
    try {
      if (this.#followed.read()) {
        const { record } = this.#followed;
        if (record) this.#watch.onProgress?.(progressOf(record));
      }
    } catch {
      // Not there yet, or a line is being written: the next look may do.
    }
    if (!this.#watch.onEpoch) return;
    const now = checkpointsIn(this.#order.folder);
    if (now === this.#checkpoints) return;
    this.#checkpoints = now;
    if (now !== '') this.#watch.onEpoch(this.#followed.record?.epochs.length ?? 0);
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): RunEnd {
    const { folder, untilEpoch } = this.#order;
    const record = recordIn(folder);
    if (code === 0) {
      if (record && isComplete(record)) return { kind: 'complete' };
      const done = record?.epochs.length ?? 0;
      if (untilEpoch !== undefined && done >= untilEpoch) return { kind: 'paused', epoch: done };
      return {
        kind: 'failed',
        message: `its process ended well, and its folder holds no complete run; a program of your own trains with run: context.folder`,
        final: true,
      };
    }
    const by = signal ?? interrupted[code as number];
    if (by !== undefined) return { kind: 'stopped', signal: by };
    const diverged = record?.status === 'diverged';
    const message =
      diverged && record.error !== undefined ? record.error : lastWords(folder, code, this.#spoken);
    return { kind: 'failed', message, final: diverged || code === misused };
  }
}

const alive = new Set<ChildProcess>();

/** Where this process ends on purpose, such as by a second Ctrl-C, a run that heeds no signal does not outlive it. */
function endAtExit(child: ChildProcess): void {
  // Without one it was not started.
  if (child.pid === undefined) return;
  if (alive.size === 0) process.on('exit', endAll);
  alive.add(child);
  child.once('exit', () => {
    alive.delete(child);
    if (alive.size === 0) process.off('exit', endAll);
  });
}

function endAll(): void {
  for (const child of alive) child.kill('SIGKILL');
}

function checkpointsIn(folder: string): string {
  try {
    return readdirSync(runPaths(folder).checkpoints)
      .filter((name) => name.endsWith('.safetensors'))
      .toSorted()
      .join();
  } catch {
    return '';
  }
}

function progressOf({ epochs, steps, options, dataset }: RunRecord): RunProgress {
  const { epochs: all, batchSize } = options as { epochs?: number; batchSize?: number };
  const stepsPerEpoch = Math.ceil(dataset.train / (batchSize ?? dataset.train));
  const before = epochs.at(-1)?.step ?? 0;
  const made = Math.max(0, (steps?.at(-1)?.step ?? 0) - before);
  const validated = epochs.findLast(({ validationLoss }) => validationLoss !== undefined);
  return {
    epoch: epochs.length,
    epochs: Math.ceil(all ?? 0),
    share: Math.min(1, made / stepsPerEpoch),
    ...(validated?.validationAccuracy !== undefined && {
      validationAccuracy: validated.validationAccuracy,
    }),
    ...(validated?.validationLoss !== undefined && { validationLoss: validated.validationLoss }),
  };
}
