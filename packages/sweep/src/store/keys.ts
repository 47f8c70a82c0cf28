import { show } from '@mnet/core/check';

/** What every file system and server takes as a name, a case-blind Windows included; a dot at its start is for the store's own. */
const PART = /^[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,199}$/;
const MOST = 700;

/** Whether it can be a part of a key. */
export function isKeyPart(text: string): boolean {
  return PART.test(text);
}

/** Whether a store may hold a file of this name. */
export function isKey(key: string): boolean {
  return key.length <= MOST && key.split('/').every(isKeyPart);
}

/** @throws TypeError that says what a key is */
export function checkKey(key: string): void {
  if (typeof key === 'string' && isKey(key)) return;
  throw new TypeError(
    `key: got ${show(key)}, takes parts of letters, digits, '.', '_', '-' and '=' with '/' between them, none of which begins with '.'`,
  );
}

/** @throws TypeError that says what a key's beginning is */
export function checkPrefix(prefix: string): void {
  // What completes any part makes a key of it, unless it is none's beginning.
  if (typeof prefix === 'string' && (prefix === '' || isKey(`${prefix}x`))) return;
  throw new TypeError(
    `prefix: got ${show(prefix)}, takes the beginning of a key, such as 'studies/' or ''`,
  );
}

/**
 * A name as a part of a key: a study's, a run's.
 *
 * @throws TypeError that names the argument
 */
export function checkKeyPart(text: string, argument: string): void {
  if (typeof text === 'string' && isKeyPart(text)) return;
  throw new TypeError(
    `${argument}: got ${show(text)}, takes up to 200 letters, digits, '.', '_', '-' and '=', the first of them no '.'`,
  );
}
