import { nodeModules, writeWholeSync } from '@mnet/core/files';
import { boolean, type Given, optional, options, resolve } from '@mnet/core/options';
import { removeUnfinishedCheckpoints } from './checkpoint-files.ts';
import { FORMAT, readConfig, type StoredConfig, writeConfig } from './config-file.ts';
import { removeEventFiles } from './event-files.ts';
import { appendLine, cutTornLine, removeTemporaries } from './files.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import { logLine, readLog, type RunEvent } from './log.ts';
import { metricsCsv } from './metrics-csv.ts';
import { recordOf } from './record-of.ts';
import { type RunPaths, runPaths } from './run-paths.ts';
import type { EpochRecord, RunDescription, RunRecord, TestDetails } from './run-record.ts';
import { readTestDetails, writeTestDetails } from './test-details.ts';

/**
 * A run folder that is open for writing, by this process alone until it is closed. Every file is written whole or not
 * at all, the log line by line.
 */
export interface Run {
  readonly dir: string;
  readonly paths: RunPaths;
  readonly config: StoredConfig;
  /** @throws if another process has taken the folder over, as every method that writes does. */
  check(): void;
  /** Appends a line to `log.jsonl`. */
  log(event: RunEvent): void;
  /** Writes `metrics.csv` anew. */
  writeMetrics(epochs: readonly EpochRecord[]): void;
  /** Writes `test.json`; to be called before the run's end is logged. */
  writeTest(details: TestDetails): void;
  /** What the folder holds so far. */
  record(): RunRecord;
  /** Leaves the folder to others. */
  close(): void;
}

const createRunOptions = options({
  /**
   * Replaces the run that the folder holds; other files in it stay. A process that dies on the way leaves the run that
   * was there before, or the new one at its start. Default false: that is an error.
   */
  overwrite: optional(boolean(), false),
});

/** How {@link createRun} makes a folder. */
export interface CreateRunOptions extends Given<typeof createRunOptions> {}

/**
 * Makes a run folder and writes its `config.json`.
 *
 * @param dir the folder; made if it is not there
 * @param config what is known at the start; `format`, `id` and `name` (the folder's name) are filled in
 * @throws if the folder holds a run already and `overwrite` is not true, if another process has it open, or if it
 *   cannot be written.
 */
export async function createRun(
  dir: string,
  config: RunDescription,
  given: CreateRunOptions = {},
): Promise<Run> {
  const { overwrite } = resolve(createRunOptions, given, 'createRun options');
  const { fs, path } = nodeModules('run');
  const paths = runPaths(dir);
  refuseRun(dir, paths, overwrite);
  try {
    fs.mkdirSync(dir, { recursive: true });
  } catch (error) {
    throw new Error(`run: '${dir}' cannot be made: ${(error as Error).message}`, { cause: error });
  }
  const lock = await lockFolder(dir);
  try {
    refuseRun(dir, paths, overwrite);
    const name = path.basename(path.resolve(dir));
    const whole: StoredConfig = { format: FORMAT, id: crypto.randomUUID(), name, ...config };
    if (present(paths).length > 0) {
      writeConfig(paths.config, { ...whole, replaces: true });
      replaceFiles(dir, paths, whole);
    } else {
      removeTemporaries(Object.values(paths));
      writeConfig(paths.config, whole);
      appendLine(paths.log, logLine({ event: 'start', run: whole.id }));
    }
    return handle(dir, paths, whole, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Opens a run folder to go on writing to it.
 *
 * @throws if it holds no run, if another process has it open, or if it cannot be written.
 */
export async function openRun(dir: string): Promise<Run> {
  const paths = runPaths(dir);
  readConfig(dir, paths.config);
  const lock = await lockFolder(dir);
  try {
    let config = readConfig(dir, paths.config);
    if (config.replaces) {
      const { replaces: _replaces, ...whole } = config;
      replaceFiles(dir, paths, whole);
      config = whole;
    }
    cutTornLine(paths.log);
    removeTemporaries(Object.values(paths));
    removeUnfinishedCheckpoints(paths);
    return handle(dir, paths, config, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Whether the folder holds a run. */
export function runExists(dir: string): boolean {
  return nodeModules('run').fs.existsSync(runPaths(dir).config);
}

/**
 * Reads a run folder, also one whose run is under way or was killed.
 *
 * @throws if the folder holds no run, or its log or `test.json` was altered, naming the file and, of the log, the line.
 */
export function readRun(dir: string): RunRecord {
  const paths = runPaths(dir);
  const config = readConfig(dir, paths.config);
  const log = config.replaces ? undefined : readLog(paths.log, config.id);
  // Before its end a run may have written the file and died, and will write it again.
  const details = log?.end?.test ? readTestDetails(paths.test, config.id) : undefined;
  return { ...recordOf(config, log), ...(details && { details }) };
}

function handle(dir: string, paths: RunPaths, config: StoredConfig, lock: FolderLock): Run {
  return {
    dir,
    paths,
    config,
    check: () => lock.check(),
    log(event): void {
      lock.check();
      appendLine(paths.log, logLine(event));
    },
    writeMetrics(epochs): void {
      lock.check();
      writeWholeSync(paths.metrics, metricsCsv(epochs));
    },
    writeTest(details): void {
      lock.check();
      writeTestDetails(paths.test, config.id, details);
    },
    record: () => readRun(dir),
    close: () => lock.release(),
  };
}

/**
 * Removes an earlier run's files and starts the log of the one whose `config.json` says that it replaces them. The
 * config without that word comes last, so that whoever opens the folder after a kill does it all again.
 */
function replaceFiles(dir: string, paths: RunPaths, config: StoredConfig): void {
  const { fs } = nodeModules('run');
  for (const [key, file] of Object.entries(paths)) {
    if (key !== 'config') fs.rmSync(file, { recursive: true, force: true });
  }
  removeEventFiles(dir);
  removeTemporaries(Object.values(paths));
  appendLine(paths.log, logLine({ event: 'start', run: config.id }));
  writeConfig(paths.config, config);
}

/** Throws if the folder holds a run, or parts of one, that are not to be replaced. */
function refuseRun(dir: string, paths: RunPaths, overwrite: boolean): void {
  const files = present(paths);
  if (overwrite || files.length === 0) return;
  if (!files.includes(paths.config)) {
    const { path } = nodeModules('run');
    const names = files.map((file) => path.basename(file)).join(', ');
    throw new Error(
      `run: '${dir}' holds ${names} without a config.json; write overwrite: true to replace that, or another folder`,
    );
  }
  throw new Error(
    `run: '${dir}' holds a run already (${statusOf(dir)}); write resume: true to go on with it, overwrite: true to replace it, or another folder`,
  );
}

function present(paths: RunPaths): string[] {
  const { fs } = nodeModules('run');
  return Object.values(paths).filter((file) => fs.existsSync(file));
}

function statusOf(dir: string): string {
  try {
    const { status, epochs } = readRun(dir);
    return `${status}, ${epochs.length} epochs done`;
  } catch {
    return 'incomplete';
  }
}
