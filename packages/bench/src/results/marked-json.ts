// Files of this package are JSON objects that say what they are: `format`, and a `version` of it.
import { show } from '@mnet/core/check';
import { custom } from '@mnet/core/options';

/** A moment, ISO 8601. */
export const moment = custom<string>(
  'a date',
  (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
);

/**
 * The other fields of a text that is such an object.
 *
 * @param name what errors call the text, such as its file's path
 * @throws Error that begins with the name for anything else: no JSON, no object, another format or version.
 */
export function parseMarked(
  content: string,
  name: string,
  { format, version }: { readonly format: string; readonly version: number },
): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new Error(`${name}: it is no JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${name}: got ${show(value)}, takes an object that mnet bench has written`);
  }
  const { format: own, version: ofOwn, ...fields } = value as Record<string, unknown>;
  if (own !== format) throw new TypeError(`${name}: format: got ${show(own)}, takes '${format}'`);
  if (ofOwn !== version) {
    throw new TypeError(`${name}: version: got ${show(ofOwn)}, takes ${version}`);
  }
  return fields;
}
