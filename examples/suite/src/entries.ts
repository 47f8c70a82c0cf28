import { type Takes, unfit } from '@mnet/core/options';

/** Flags by key, by experiment. */
export type Entries = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const words = 'an object of flags by experiment, such as {"01-mobilenet-v1":{"epochs":1}}';

/** As JSON on a command line, as an object in a configuration file. */
export const entries: Takes<Entries> = {
  text: words,
  check(given, argument) {
    const value: unknown = typeof given === 'string' ? parsed(given) : given;
    if (!isObject(value) || !Object.values(value).every(isObject))
      throw unfit(given, words, argument);
    return value as Entries;
  },
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
