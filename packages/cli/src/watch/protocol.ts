import type { RunRecord } from '@mnet/train';

// What the server of `mnet watch` and its page tell each other. All of it is JSON.

/** `running` of a record in two: `killed` is one that no training has open. `damaged` is one that cannot be read. */
export type RunStatus = RunRecord['status'] | 'killed' | 'damaged';

/** A run as a row of the table. Of a damaged one only what could be read is there. Accuracies are from 0 to 1. */
export interface RunRow {
  /** The path of its folder below the watched one, parted by `/`; `.` is that itself. */
  readonly id: string;
  /** As {@link FollowedRun} has it: where it is the same, curves only grow. */
  readonly generation: number;
  /** Counts up with each change of what was read. */
  readonly version: number;
  readonly status: RunStatus;
  /** Why the run ended, or what is damaged. */
  readonly error?: string | undefined;
  /** Equal of runs whose settings differ by their seeds alone. */
  readonly group: string;
  /** Whether it has a report. */
  readonly report: boolean;
  /** When it was made, ISO 8601. */
  readonly date?: string;
  readonly network?: string;
  readonly width?: number | undefined;
  readonly parameters?: number;
  readonly dataset?: string;
  readonly seed?: number | undefined;
  /** As many as it shall train. */
  readonly epochs?: number | undefined;
  /** Epochs that are done. */
  readonly epoch?: number;
  readonly step?: number | undefined;
  readonly trainLoss?: number | undefined;
  readonly trainAccuracy?: number | undefined;
  readonly validationLoss?: number | undefined;
  readonly validationAccuracy?: number | undefined;
  /** Validation accuracy of the best epoch. */
  readonly bestAccuracy?: number | undefined;
  readonly testAccuracy?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly imagesPerSecond?: number | undefined;
  /** Seconds of training. */
  readonly seconds?: number;
  /** When it should be done, in milliseconds since 1970; absent of those that do not run. */
  readonly endsAt?: number | undefined;
}

/** An event of the stream: the first one has all rows, each later one those that changed. */
export interface RunsEvent {
  /** Whether these are all. */
  readonly all: boolean;
  /** The watched folder. */
  readonly root: string;
  readonly rows: readonly RunRow[];
  /** Ids of runs whose folders are gone. */
  readonly removed: readonly string[];
  /** Why the watched folder cannot be read; absent where it can. */
  readonly problem?: string | undefined;
}

/** Figures by name, each a list as long as the others; null where there is none. */
export type Columns = Readonly<Record<string, readonly (number | null)[]>>;

/** What the curves of a run are drawn from. `time` counts in seconds from the run's first moment. */
export interface RunCurves {
  readonly id: string;
  readonly generation: number;
  /** One value an epoch; parts of the loss are `term NAME`. */
  readonly epochs: Columns;
  /** One value a record of steps, from `firstStep` on. */
  readonly steps: Columns;
  /** How many records of steps were left out, for the page has them. */
  readonly firstStep: number;
}

/** What decides a run, for its panel. */
export interface RunDetails {
  readonly id: string;
  /** The path of its folder. */
  readonly dir: string;
  /** The command line that made it; absent where that is not known. */
  readonly command?: readonly string[] | undefined;
}

/** The settings of all runs by id, each by path. */
export type AllSettings = Readonly<Record<string, Readonly<Record<string, string>>>>;
