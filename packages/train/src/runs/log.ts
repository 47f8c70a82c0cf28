import { integerFrom, oneOf, show } from '@mnet/core/check';
import type { JsonValue } from '../json.ts';
import { nodeModules, writeWholeSync } from '@mnet/core/files';
import type { EpochRecord, RunRecord, StepRecord, TestRecord } from './run-record.ts';

/** One line of `log.jsonl`, without its time. */
export type RunEvent =
  /** `run` is the run's id; `restored` stands where the lines before were lost. */
  | { event: 'start'; run: string; restored?: true }
  | {
      event: 'resume';
      run: string;
      epoch: number;
      step: number;
      /** What differs of backend, kernels and Node.js, where that was allowed. */
      otherBuild?: readonly string[];
    }
  | ({ event: 'step' } & StepRecord)
  | ({ event: 'epoch' } & EpochRecord)
  | {
      event: 'end';
      status: Exclude<RunRecord['status'], 'running'>;
      test?: TestRecord;
      error?: string;
    }
  | { event: 'summary'; rows: readonly Readonly<Record<string, JsonValue>>[] };

/** What a log says. */
export interface LogContent {
  /** In their order; of an epoch that was trained twice, the later one. */
  readonly epochs: readonly EpochRecord[];
  /** In their order, without those that a resumed run has made again or has still to make. */
  readonly steps: readonly StepRecord[];
  /** How the run ended, unless it was resumed after that. */
  readonly end?: Extract<RunEvent, { event: 'end' }>;
  readonly summary?: RunRecord['summary'];
}

/** An event as a line of the log, without its line break. */
export function logLine({ event, ...rest }: RunEvent): string {
  return JSON.stringify({ event, time: new Date().toISOString(), ...rest });
}

/**
 * Reads a log, also one that is being written.
 *
 * @param run the id of the run that it must be of
 * @returns undefined where there is no log, or none with a whole line
 * @throws if a line is not one of a run's log or of another run, naming file and line.
 */
export function readLog(file: string, run: string): LogContent | undefined {
  const { fs } = nodeModules('run');
  if (!fs.existsSync(file)) return undefined;
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  // What follows the last line break is empty, or a line that is being written or was cut off by a kill.
  lines.pop();
  if (lines.length === 0) return undefined;
  const log = new LogLines(file, run);
  for (const line of lines) log.add(line);
  return log.content();
}

/** The lines of a log, taken up one after the other. */
export class LogLines {
  readonly #file: string;
  readonly #run: string;
  readonly #epochs = new Map<number, EpochRecord>();
  readonly #times = new WeakMap<EpochRecord | StepRecord, number>();
  readonly #steps = new Map<number, StepRecord>();
  #count = 0;
  #starts = 0;
  #end: LogContent['end'];
  #summary: LogContent['summary'];

  /**
   * @param file for errors
   * @param run the id of the run that it must be of
   */
  constructor(file: string, run: string) {
    this.#file = file;
    this.#run = run;
  }

  /** How often the run was started or gone on with: what was logged after that may take the place of earlier lines. */
  get starts(): number {
    return this.#starts;
  }

  /**
   * Takes up a whole line, without its line break.
   *
   * @throws if it is not one of a run's log or of another run, naming file and line; it is not taken up then.
   */
  add(line: string): void {
    const entry = parseEvent(line, this.#count, this.#run, this.#file);
    this.#count++;
    if (entry.event === 'start' || entry.event === 'resume') {
      this.#starts++;
      this.#end = undefined;
      if (entry.event === 'resume') this.#dropStepsAfter(entry);
    } else if (entry.event === 'step') {
      const { event: _event, time, ...record } = entry;
      this.#steps.set(record.step, record);
      this.#times.set(record, Date.parse(time));
    } else if (entry.event === 'epoch') {
      const { event: _event, time, ...record } = entry;
      // A run that was killed between this line and its checkpoint trains the epoch again: the last line counts.
      this.#epochs.set(record.epoch, record);
      this.#times.set(record, Date.parse(time));
    } else if (entry.event === 'end') {
      this.#end = entry;
    } else {
      this.#summary = entry.rows;
    }
  }

  /** When a record of `content()` was logged, in milliseconds since 1970. */
  timeOf(record: EpochRecord | StepRecord): number | undefined {
    return this.#times.get(record);
  }

  /** What the lines so far say. */
  content(): LogContent {
    return {
      epochs: [...this.#epochs.values()].toSorted((a, b) => a.epoch - b.epoch),
      steps: [...this.#steps.values()].toSorted((a, b) => a.step - b.step),
      ...(this.#end ? { end: this.#end } : {}),
      ...(this.#summary ? { summary: this.#summary } : {}),
    };
  }

  /** Those after the checkpoint are made again, and may be parted in another way. */
  #dropStepsAfter({ epoch, step }: Extract<RunEvent, { event: 'resume' }>): void {
    const before = this.#epochs.get(epoch - 1)?.step ?? 0;
    for (const each of this.#steps.keys()) if (each > before + step) this.#steps.delete(each);
  }
}

/**
 * Throws unless a log holds the epochs that a checkpoint says are done; a run goes on from both.
 *
 * @param history the checkpoint's
 */
export function checkLog(
  file: string,
  { epochs }: LogContent,
  history: readonly EpochRecord[],
): void {
  for (const record of history) {
    const logged = epochs.find(({ epoch }) => epoch === record.epoch);
    if (JSON.stringify(logged) !== JSON.stringify(record)) {
      const what = logged ? 'has other figures than' : 'is not there, unlike in';
      throw new Error(`${file}: epoch ${record.epoch} ${what} the checkpoint`);
    }
  }
}

/** Writes a log anew that was lost, from what the checkpoint holds. */
export function restoreLog(
  file: string,
  run: string,
  history: readonly EpochRecord[],
  end?: Extract<RunEvent, { event: 'end' }>,
): void {
  const events: RunEvent[] = [
    { event: 'start', run, restored: true },
    ...history.map((record) => ({ event: 'epoch', ...record }) as const),
    ...(end ? [end] : []),
  ];
  writeWholeSync(file, `${events.map(logLine).join('\n')}\n`);
}

const endings = ['finished', 'stopped-early', 'stopped', 'diverged'] as const;

function parseEvent(
  line: string,
  index: number,
  run: string,
  file: string,
): RunEvent & { time: string } {
  try {
    const entry = JSON.parse(line);
    oneOf(entry.event, ['start', 'resume', 'step', 'epoch', 'end', 'summary'], 'event');
    if (index === 0 && entry.event !== 'start') {
      throw new Error(`event: got '${entry.event}', takes 'start' in the first line`);
    }
    if ((entry.event === 'start' || entry.event === 'resume') && entry.run !== run) {
      throw new Error(`run: got ${show(entry.run)}, takes ${show(run)} as in config.json`);
    }
    if (entry.event === 'resume') {
      integerFrom(entry.epoch, 1, 'epoch');
      integerFrom(entry.step, 0, 'step');
    }
    if (entry.event === 'step') checkStep(entry);
    if (entry.event === 'epoch') checkEpoch(entry);
    if (entry.event === 'end') oneOf(entry.status, endings, 'status');
    return entry;
  } catch (error) {
    throw new Error(`${file}:${index + 1}: not a line of this run's log: ${message(error)}`, {
      cause: error,
    });
  }
}

function checkStep(entry: Record<string, unknown>): void {
  integerFrom(entry.step, 1, 'step');
  integerFrom(entry.epoch, 1, 'epoch');
  checkNumbers(entry, ['learningRate', 'loss', 'accuracy']);
}

function checkEpoch(entry: Record<string, unknown>): void {
  integerFrom(entry.epoch, 1, 'epoch');
  checkNumbers(entry, ['step', 'learningRate', 'trainLoss', 'trainAccuracy', 'seconds']);
}

function checkNumbers(entry: Record<string, unknown>, keys: readonly string[]): void {
  for (const key of keys) {
    if (typeof entry[key] !== 'number') {
      throw new TypeError(`${key}: got ${show(entry[key])}, takes a number`);
    }
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
