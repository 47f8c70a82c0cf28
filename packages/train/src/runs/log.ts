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

  const epochs = new Map<number, EpochRecord>();
  const steps = new Map<number, StepRecord>();
  let end: LogContent['end'];
  let summary: LogContent['summary'];
  lines.forEach((line, i) => {
    const entry = parseEvent(line, i, run, file);
    if (entry.event === 'start' || entry.event === 'resume') {
      end = undefined;
      if (entry.event === 'resume') {
        const before = epochs.get(entry.epoch - 1)?.step ?? 0;
        // Those after the checkpoint are made again, and may be parted in another way.
        for (const step of steps.keys()) if (step > before + entry.step) steps.delete(step);
      }
    } else if (entry.event === 'step') {
      const { event: _event, time: _time, ...record } = entry;
      steps.set(record.step, record);
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
  return {
    epochs: [...epochs.values()].toSorted((a, b) => a.epoch - b.epoch),
    steps: [...steps.values()].toSorted((a, b) => a.step - b.step),
    ...(end ? { end } : {}),
    ...(summary ? { summary } : {}),
  };
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
