import type { StepRecord } from '@mnet/train';

// A chart is about 500 pixels wide.
const most = 250;

/** Steps as a chart shows them. */
export interface ThinnedStep {
  /** The last step of those that it stands for. */
  readonly step: number;
  /** At that step. */
  readonly learningRate: number;
  /** Mean of those that are recorded; NaN where one was no number. */
  readonly loss: number;
  readonly accuracy: number;
}

/**
 * The steps in as many parts as a screen shows, each the mean of its own: no peak is left out, and the page stays small.
 *
 * @param last the last step of all runs that stand in one chart, so that their parts are the same
 */
export function thinned(steps: readonly StepRecord[], last: number): ThinnedStep[] {
  const width = Math.max(1, Math.ceil(last / most));
  const parts = new Map<number, StepRecord[]>();
  for (const record of steps) {
    const part = Math.ceil(record.step / width);
    const others = parts.get(part);
    if (others === undefined) parts.set(part, [record]);
    else others.push(record);
  }
  return [...parts].map(([part, records]) => ({
    step: width === 1 ? part : Math.min(part * width, last),
    learningRate: (records.at(-1) as StepRecord).learningRate,
    loss: mean(records.map(({ loss }) => loss)),
    accuracy: mean(records.map(({ accuracy }) => accuracy)),
  }));
}

function mean(values: readonly number[]): number {
  if (!values.every((value) => Number.isFinite(value))) return Number.NaN;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
