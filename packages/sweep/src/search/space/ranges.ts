import type { Value } from '../../config.ts';
import { rangeOfCall } from './check-range.ts';
import type { SearchRange } from './range.ts';

/**
 * Numbers from `low` to `high`, both included, each as likely as another. What is drawn has seven digits, in parts of the range.
 *
 * @param step draws `low`, `low + step`, … only; it divides `high − low`
 * @throws RangeError unless the numbers are finite and `high` is above `low`
 */
export function uniform(low: number, high: number, step?: number): SearchRange {
  return rangeOfCall('uniform', [low, high, step]);
}

/**
 * Numbers from `low` to `high` whose logarithms are each as likely as another: for what is thought of in factors, such as a
 * learning rate.
 *
 * @param low above 0
 * @throws RangeError unless the numbers are finite and `high` is above `low`
 */
export function logUniform(low: number, high: number): SearchRange {
  return rangeOfCall('logUniform', [low, high]);
}

/**
 * Whole numbers from `low` to `high`, both included, each as likely as another.
 *
 * @param step draws `low`, `low + step`, … only; it divides `high − low`; default 1
 * @throws RangeError unless the numbers are whole and `high` is above `low`
 */
export function integer(low: number, high: number, step?: number): SearchRange {
  return rangeOfCall('integer', [low, high, step]);
}

/**
 * Whole numbers from `low` to `high`, both included, small ones more likely: n is drawn as often as a number from n − 1/2 to n + 1/2
 * whose logarithm is as likely as another.
 *
 * @param low from 1
 * @throws RangeError unless the numbers are whole and `high` is above `low`
 */
export function logInteger(low: number, high: number): SearchRange {
  return rangeOfCall('logInteger', [low, high]);
}

/**
 * One of some values, each as likely as another. Their order means nothing: of numbers that have one, a search learns more by
 * `uniform` or `integer`.
 *
 * @param values what JSON has, whole objects too; no two alike
 * @throws TypeError for an empty list, a value that is not of JSON, or one that is there twice
 */
export function choice(values: readonly Value[]): SearchRange {
  return rangeOfCall('choice', values);
}
