import { show } from '../check/check.ts';
import { custom, type Takes } from '../options/index.ts';

const words = 'an address that begins with https:// or http://';

function isWebAddress(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    URL.canParse(value) &&
    ['http:', 'https:'].includes(new URL(value).protocol)
  );
}

/** An option that takes an http or https address. */
export function webAddress(): Takes<string> {
  return custom<string>(words, isWebAddress);
}

/** Throws unless `value` is an http or https address. */
export function assertWebAddress(value: unknown, argument: string): asserts value is string {
  if (!isWebAddress(value)) throw new TypeError(`${argument}: got ${show(value)}, takes ${words}`);
}

/** An address as it may be shown: user, password and query may hold secrets and stay out. */
export function shownAddress(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
