import type { Points } from './points.ts';

/** The mean of several curves, with the standard deviation at each place (n − 1; null of a single value). */
export interface Band extends Points {
  readonly deviation: readonly (number | null)[];
}

/** Mean and deviation of curves, step by step, over those that have a value there. */
export function bandOf(curves: readonly Points[]): Band {
  const byStep = new Map<number, { x: number[]; y: number[] }>();
  for (const { steps, x, y } of curves) {
    steps.forEach((step, i) => {
      const value = y[i];
      if (value === null || value === undefined) return;
      const there = byStep.get(step) ?? { x: [], y: [] };
      there.x.push(x[i] as number);
      there.y.push(value);
      byStep.set(step, there);
    });
  }
  const steps = [...byStep.keys()].toSorted((a, b) => a - b);
  const at = steps.map((step) => byStep.get(step) as { x: number[]; y: number[] });
  return {
    steps,
    x: at.map(({ x }) => mean(x)),
    y: at.map(({ y }) => mean(y)),
    deviation: at.map(({ y }) => deviation(y)),
  };
}

/** The mean of one value or more. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The standard deviation of a sample, with n − 1; null of a single value. */
export function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
