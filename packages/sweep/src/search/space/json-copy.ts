import { unfit } from '@mnet/core/options';
import type { Value } from '../../config.ts';
import { isPlain } from './plain.ts';

/**
 * A copy of what JSON can hold.
 *
 * @throws TypeError that names the part that JSON cannot hold, such as undefined, NaN, a function, a Map
 */
export function jsonCopy(value: unknown, argument: string): Value {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((each, i) => jsonCopy(each, `${argument}[${i}]`));
  if (isPlain(value)) {
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([key, each]) => [key, jsonCopy(each, `${argument}.${key}`)]),
    );
  }
  throw unfit(value, 'what JSON can hold', argument);
}
