import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import type { Axis } from './axis.ts';

/** Where numbers lie along an axis. */
export type Scale = ScaleContinuousNumeric<number, number>;

/** Whether a number can be placed on an axis: finite, and above 0 on a logarithmic one. */
export function placeable(value: number, axis: Axis): boolean {
  return Number.isFinite(value) && (axis.log !== true || value > 0);
}

/** The scale that has room for these values, at least one and all {@link placeable}, over a range of places. */
export function scaleOf(
  axis: Axis,
  values: readonly number[],
  range: readonly [number, number],
): Scale {
  const low = least([...values, ...(axis.from === undefined ? [] : [axis.from])]);
  const high = -least([...values, ...(axis.to === undefined ? [] : [axis.to])].map((v) => -v));
  if (axis.log === true) {
    const [from, to] = low === high ? [low / 2, high * 2] : [low / 1.08, high * 1.08];
    return scaleLog([from, to], range);
  }
  const around = axis.whole === true || low === 0 ? 0.5 : Math.abs(low) * 0.2;
  const [from, to] = low === high ? [low - around, high + around] : [low, high];
  const linear = scaleLinear([from, to], range);
  return axis.whole === true ? linear : linear.nice(6);
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

/**
 * Values to mark: on a logarithmic axis powers of ten, where they are few also their double and fivefold.
 *
 * @param most about how many
 */
export function marksOf(scaled: Scale, axis: Axis, most: number): number[] {
  const [low, high] = scaled.domain() as [number, number];
  if (axis.log !== true) {
    const all = scaled.ticks(most);
    return axis.whole === true ? all.filter((t) => Number.isInteger(t)) : all;
  }
  const powers: number[] = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.log10(high); e++) powers.push(10 ** e);
  const inside = (of: readonly number[]): number[] =>
    powers
      .flatMap((power) => of.map((k) => +(k * power).toPrecision(12)))
      .filter((t) => t >= low && t <= high);
  const candidates = [inside([1]), inside([1, 3]), inside([1, 2, 5])];
  const found = candidates.findLast((list) => list.length >= 2 && list.length <= most);
  if (found !== undefined) return found;
  const tens = inside([1]);
  if (tens.length > most) {
    const every = Math.ceil(tens.length / most);
    return tens.filter((_, i) => i % every === 0);
  }
  return scaleLinear([low, high], [0, 1]).ticks(4);
}
