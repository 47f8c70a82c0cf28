import type { Random } from '@mnet/core/random';
import type { Value } from '../../config.ts';

/**
 * A range as a search sees it: places and the values that they stand for. A place on a line is from 0 to 1, where equal
 * distances are equally likely; one of a choice is its index.
 */
export type Axis = LineAxis | ChoiceAxis;

/** The axis of numbers. */
export interface LineAxis {
  readonly kind: 'line';
  /** How many values it has; infinite where they are not counted. */
  readonly size: number;
  value(place: number): number;
  /** Where the value of a place lies itself. */
  settle(place: number): number;
  /** The places around a settled one that stand for the same value; absent where values are not counted. */
  readonly cell?: (place: number) => readonly [from: number, to: number];
}

/** The axis of values without an order. */
export interface ChoiceAxis {
  readonly kind: 'choice';
  readonly size: number;
  value(place: number): Value;
}

/** A place, each value as likely as its range says. */
export function drawPlace(axis: Axis, random: Random): number {
  const at = fraction(random);
  return axis.kind === 'line' ? axis.settle(at) : Math.floor(at * axis.size);
}

/** A uniform number in [0, 1), of 53 bits. */
export function fraction(random: Random): number {
  return (random.next() * 2 ** 21 + (random.next() >>> 11)) / 2 ** 53;
}
