import { unfit } from '@mnet/core/options';

/** Whether it is an object as a literal or a parser makes it. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * The key of an object that has one, which says what it is.
 *
 * @param words what it takes, in errors
 * @throws TypeError for what is no object, has another key, or more than one
 */
export function onlyKey<K extends string>(
  json: unknown,
  keys: readonly K[],
  words: string,
  where: string,
): { readonly key: K; readonly value: unknown } {
  if (!isPlain(json)) throw unfit(json, words, where);
  const entries = Object.entries(json);
  const [[key, value] = []] = entries;
  if (entries.length !== 1 || !keys.includes(key as K)) {
    const got = entries.map(([each]) => `'${each}'`).join(', ') || 'nothing';
    throw new TypeError(`${where}: got an object with ${got}, takes ${words}`);
  }
  return { key: key as K, value };
}
