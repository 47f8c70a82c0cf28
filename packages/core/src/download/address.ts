import { custom, type Takes } from '../options/index.ts';

function isWebAddress(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    URL.canParse(value) &&
    ['http:', 'https:'].includes(new URL(value).protocol)
  );
}

/** An option that takes an http or https address. */
export function webAddress(): Takes<string> {
  return custom<string>('an address that begins with https:// or http://', isWebAddress);
}

/** An address as it may be shown: user, password and query may hold secrets and stay out. */
export function shownAddress(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
