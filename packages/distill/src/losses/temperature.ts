import { show } from '@mnet/core/check';

/** Throws unless `value` can be a temperature. */
export function temperatureOf(value: unknown): asserts value is number {
  if (typeof value !== 'number' || !(value > 0 && value <= 1e6)) {
    throw new RangeError(
      `temperature: got ${show(value)}, takes a number above 0, to 1000000, such as 4`,
    );
  }
}
