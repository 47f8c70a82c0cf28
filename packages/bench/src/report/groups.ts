import type { Point } from '../charts/line-chart.ts';
import { summarize } from '../measure/statistics.ts';
import type { ReportRun } from './report-run.ts';

/** Runs that are shown together. */
export interface Group {
  /** Of the group; of a run that is in none its own. */
  readonly name: string;
  /** Its colour on every chart. */
  readonly colour: number;
  readonly runs: readonly [ReportRun, ...ReportRun[]];
}

/** The groups, in the order in which their first runs are given. */
export function groupsOf(runs: readonly ReportRun[]): Group[] {
  // A run that is in none stands alone, whatever others are called.
  const found = new Map<string | ReportRun, [ReportRun, ...ReportRun[]]>();
  for (const run of runs) {
    const key = run.group ?? run;
    const group = found.get(key);
    if (group === undefined) found.set(key, [run]);
    else group.push(run);
  }
  return [...found.values()].map((list, colour) => ({
    name: list[0].group ?? list[0].name,
    colour,
    runs: list,
  }));
}

/** A figure of a group. */
export interface Mean {
  readonly mean: number;
  /** Sample standard deviation over the runs; 0 of one. */
  readonly std: number;
  /** Runs that have the figure. */
  readonly n: number;
}

/** The mean of what is a number; undefined where nothing is. */
export function meanOf(values: readonly (number | null | undefined)[]): Mean | undefined {
  const numbers = values.filter((value): value is number => Number.isFinite(value));
  if (numbers.length === 0) return undefined;
  const { mean, std } = summarize(numbers);
  return { mean, std, n: numbers.length };
}

/** The mean over a group's runs of one of their figures. */
export function groupMean(
  group: Group,
  figure: (run: ReportRun) => number | null | undefined,
): Mean | undefined {
  return meanOf(group.runs.map(figure));
}

/** A mean with its deviation where there are several: `81.20 ± 0.31%`. */
export function meanPercent({ mean, std, n }: Mean, digits = 2): string {
  const text = (value: number): string => (value * 100).toFixed(digits);
  return n > 1 ? `${text(mean)} ± ${text(std)}%` : `${text(mean)}%`;
}

/**
 * One line of a group: the means of its runs' values at each x, with a band of one deviation where there are several.
 * A value that is not finite counts as none; where no run has one the line has a gap.
 */
export function meanLine(
  group: Group,
  values: (run: ReportRun) => readonly (readonly [x: number, y: number | null | undefined])[],
): Point[] {
  const at = new Map<number, (number | null | undefined)[]>();
  for (const run of group.runs) {
    for (const [x, y] of values(run)) {
      const others = at.get(x);
      if (others === undefined) at.set(x, [y]);
      else others.push(y);
    }
  }
  return [...at]
    .toSorted(([a], [b]) => a - b)
    .map(([x, ys]) => {
      const found = meanOf(ys);
      if (found === undefined) return { x, y: Number.NaN };
      const { mean, std, n } = found;
      return { x, y: mean, ...(n > 1 && { low: mean - std, high: mean + std }) };
    });
}
