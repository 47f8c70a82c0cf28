import { oneOf, show } from '@mnet/ops/check';
import type { JsonValue } from '../json.ts';
import { appendLine, cutTornLine, removeTemporaries, writeAtomically } from './files.ts';
import { metricsCsv } from './metrics-csv.ts';
import { nodeModules } from './node.ts';
import {
  bestEpoch,
  type EpochRecord,
  type RunConfig,
  type RunRecord,
  type TestRecord,
} from './run-record.ts';

/** The files of a run folder, by what they hold. */
export interface RunPaths {
  /** {@link RunConfig}, written when the run starts. */
  readonly config: string;
  /** One JSON object a line: start, resume, epoch, end, summary. */
  readonly log: string;
  /** One row an epoch. */
  readonly metrics: string;
  /** Written by whoever makes a report of the run. */
  readonly report: string;
  /** model.json and its weights, for `tf.loadLayersModel(fileSystem(folder))`. */
  readonly model: string;
  /** What a killed run goes on from. */
  readonly checkpoint: string;
}

/** One line of `log.jsonl`, without its time. */
export type RunEvent =
  | { event: 'start' }
  | { event: 'resume'; epoch: number; step: number }
  | ({ event: 'epoch' } & EpochRecord)
  | {
      event: 'end';
      status: Exclude<RunRecord['status'], 'running'>;
      test?: TestRecord;
      error?: string;
    }
  | { event: 'summary'; rows: readonly Readonly<Record<string, JsonValue>>[] };

/** A run folder that is open for writing. Every file is written whole or not at all, the log line by line. */
export interface Run {
  readonly dir: string;
  readonly paths: RunPaths;
  readonly config: RunConfig;
  /** Appends a line to `log.jsonl`. */
  log(event: RunEvent): void;
  /** Writes `metrics.csv` anew. */
  writeMetrics(epochs: readonly EpochRecord[]): void;
  /** What the folder holds so far. */
  record(): RunRecord;
}

/**
 * Makes a run folder and writes its `config.json`.
 *
 * @param dir the folder; made if it is not there
 * @param config what is known at the start; `format` and `name` (the folder's name) are filled in
 * @param options.overwrite replaces the run that the folder holds; other files in it stay
 * @throws if the folder holds a run already and `overwrite` is not true.
 */
export function createRun(
  dir: string,
  config: Omit<RunConfig, 'format' | 'name'>,
  options: { overwrite?: boolean } = {},
): Run {
  const { overwrite = false } = options;
  const { fs, path } = nodeModules('run');
  const paths = runPaths(dir);
  const present = Object.values(paths).filter((file) => fs.existsSync(file));
  if (present.length > 0) {
    if (!overwrite) {
      throw new Error(
        `run: '${dir}' holds a run already (${statusOf(dir)}); write resume: true to go on with it, overwrite: true to replace it, or another folder`,
      );
    }
    for (const file of present) fs.rmSync(file, { recursive: true });
  }
  removeTemporaries(Object.values(paths));
  fs.mkdirSync(dir, { recursive: true });
  const whole: RunConfig = { format: 1, name: path.basename(path.resolve(dir)), ...config };
  writeAtomically(paths.config, [`${JSON.stringify(whole, null, 2)}\n`]);
  const run = handle(dir, paths, whole);
  run.log({ event: 'start' });
  return run;
}

/**
 * Opens a run folder to go on writing to it.
 *
 * @throws if it holds no run.
 */
export function openRun(dir: string): Run {
  const paths = runPaths(dir);
  const config = readConfig(dir, paths);
  cutTornLine(paths.log);
  removeTemporaries(Object.values(paths));
  return handle(dir, paths, config);
}

/** Whether the folder holds a run. */
export function runExists(dir: string): boolean {
  return nodeModules('run').fs.existsSync(runPaths(dir).config);
}

/**
 * Reads a run folder, also one whose run is under way or was killed.
 *
 * @throws if the folder holds no run or its log was altered, naming file and line.
 */
export function readRun(dir: string): RunRecord {
  const { fs } = nodeModules('run');
  const paths = runPaths(dir);
  const config = readConfig(dir, paths);
  const lines = fs.existsSync(paths.log) ? fs.readFileSync(paths.log, 'utf8').split('\n') : [];
  // What follows the last line break is empty, or a line that is being written or was cut off by a kill.
  lines.pop();

  const epochs = new Map<number, EpochRecord>();
  let end: Extract<RunEvent, { event: 'end' }> | undefined;
  let summary: RunRecord['summary'];
  lines.forEach((line, i) => {
    const entry = parseEvent(line, `${paths.log}:${i + 1}`);
    if (entry.event === 'start' || entry.event === 'resume') {
      end = undefined;
    } else if (entry.event === 'epoch') {
      const { event: _event, time: _time, ...record } = entry;
      // A run that was killed between this line and its checkpoint trains the epoch again: the last line counts.
      epochs.set(record.epoch, record);
    } else if (entry.event === 'end') {
      end = entry;
    } else {
      summary = entry.rows;
    }
  });
  const history = [...epochs.values()].toSorted((a, b) => a.epoch - b.epoch);
  const best = bestEpoch(history);
  return {
    ...config,
    status: end?.status ?? 'running',
    epochs: history,
    ...(best ? { best } : {}),
    ...(end?.test ? { test: end.test } : {}),
    seconds: history.reduce((sum, { seconds }) => sum + seconds, 0),
    ...(end?.error === undefined ? {} : { error: end.error }),
    ...(summary ? { summary } : {}),
  };
}

/** The paths of a run folder's files, whether they exist or not. */
export function runPaths(dir: string): RunPaths {
  if (typeof dir !== 'string' || dir === '') {
    throw new TypeError(`run: got ${show(dir)}, takes the path of a folder, such as 'runs/first'`);
  }
  const { path } = nodeModules('run');
  return {
    config: path.join(dir, 'config.json'),
    log: path.join(dir, 'log.jsonl'),
    metrics: path.join(dir, 'metrics.csv'),
    report: path.join(dir, 'report.html'),
    model: path.join(dir, 'model'),
    checkpoint: path.join(dir, 'checkpoint.safetensors'),
  };
}

function handle(dir: string, paths: RunPaths, config: RunConfig): Run {
  return {
    dir,
    paths,
    config,
    log(event): void {
      const { event: name, ...rest } = event;
      appendLine(
        paths.log,
        JSON.stringify({ event: name, time: new Date().toISOString(), ...rest }),
      );
    },
    writeMetrics(epochs): void {
      writeAtomically(paths.metrics, [metricsCsv(epochs)]);
    },
    record: () => readRun(dir),
  };
}

function readConfig(dir: string, paths: RunPaths): RunConfig {
  const { fs } = nodeModules('run');
  if (!fs.existsSync(paths.config)) {
    throw new Error(`run: '${dir}' holds no run, it has no config.json`);
  }
  let config: RunConfig;
  try {
    config = JSON.parse(fs.readFileSync(paths.config, 'utf8'));
  } catch (error) {
    throw new Error(`${paths.config}: not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (config.format !== 1) {
    throw new Error(`${paths.config}: format is ${show(config.format)}, this version reads 1`);
  }
  return config;
}

function parseEvent(line: string, where: string): RunEvent & { time: string } {
  try {
    const entry = JSON.parse(line);
    oneOf(entry.event, ['start', 'resume', 'epoch', 'end', 'summary'], 'event');
    return entry;
  } catch (error) {
    throw new Error(`${where}: not a line of a run's log: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function statusOf(dir: string): string {
  try {
    const { status, epochs } = readRun(dir);
    return `${status}, ${epochs.length} epochs done`;
  } catch {
    return 'incomplete';
  }
}
