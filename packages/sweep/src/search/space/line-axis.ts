import type { LineAxis } from './axis.ts';

/** Digits of a drawn number, in parts of its range: more of them decide nothing and are tedious to read. */
const digits = 7;

/** The bounds of a line, what it is even in, and the step between its values. */
export interface Line {
  readonly low: number;
  readonly high: number;
  /** Whether equal distances are equal factors. */
  readonly log: boolean;
  /** Absent where values are not counted. */
  readonly step?: number;
}

/** The axis of numbers; that of counted values begins half a step before the first, so that each has as much room. */
export function lineAxis({ low, high, log, step }: Line): LineAxis {
  const [to, from] = log ? [Math.log, Math.exp] : [identity, identity];
  const margin = (step ?? 0) / 2;
  const start = to(low - margin);
  const span = to(high + margin) - start;
  const place = (value: number): number => within((to(value) - start) / span, 0, 1);
  const tidy = step === undefined ? rounded({ low, high, log }) : onGrid(low, step);
  const value = (at: number): number => within(tidy(from(start + at * span)), low, high);
  const settle = (at: number): number => place(value(at));
  if (step === undefined) return { kind: 'line', size: Number.POSITIVE_INFINITY, value, settle };
  return {
    kind: 'line',
    size: Math.round((high - low) / step) + 1,
    value,
    settle,
    cell: (at) => {
      const middle = value(at);
      return [place(middle - margin), place(middle + margin)];
    },
  };
}

/** Rounds to so many digits that about 10⁷ numbers of the range differ. */
function rounded({ low, high, log }: Line): (value: number) => number {
  const relative = log
    ? Math.log(high / low)
    : (high - low) / Math.max(Math.abs(low), Math.abs(high));
  const precision = within(digits + Math.ceil(-Math.log10(relative)), digits, 17);
  return (value) => Number(value.toPrecision(precision));
}

/** The nearest of `low`, `low + step`, …; 0.1 + 0.2 is 0.3. */
function onGrid(low: number, step: number): (value: number) => number {
  const whole = Number.isInteger(low) && Number.isInteger(step);
  return (value) => {
    const nearest = low + Math.round((value - low) / step) * step;
    return whole ? nearest : Number(nearest.toPrecision(15));
  };
}

/** Nothing below `low` or above `high`, and 0 for −0, which JSON does not have. */
function within(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high) + 0;
}

function identity(value: number): number {
  return value;
}
