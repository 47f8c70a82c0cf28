import type { Point } from '@mnet/bench';
import { spreadOf } from './stages.ts';

/** A mean with its band: a deviation to both sides; of two values, of which a deviation says little, these. */
export function withBand(values: readonly number[]): Omit<Point, 'x'> {
  const { mean = Number.NaN, std = 0, n = 0 } = spreadOf(values) ?? {};
  if (n < 2) return { y: mean };
  if (n === 2) return { y: mean, low: Math.min(...values), high: Math.max(...values) };
  return { y: mean, low: mean - std, high: mean + std };
}
