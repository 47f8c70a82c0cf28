import { integerFrom, show } from '@mnet/core/check';
import { sha256 } from '@mnet/core/files';

/** A file of a folder, by what it holds. */
export interface FileEntry {
  /** Below the folder, with `/` between the parts. */
  readonly path: string;
  readonly bytes: number;
  /** Of its content, in hexadecimal. */
  readonly sha256: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
// oxlint-disable-next-line no-control-regex
const hostile = /[\u0000-\u001f\u007f\\\ufffd]/;

/**
 * Whether a path stays below its folder on every system: it comes from a file that anyone may have written. Control characters and
 * backslashes are no part of it, nor what stands for a name that is no UTF-8.
 */
export function isPathBelow(path: string): boolean {
  if (path === '' || hostile.test(path) || /^[a-z]:/i.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Whether it is a SHA-256 in hexadecimal. */
export function isSha256(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);
}

/**
 * The digest of a list of files: of their paths, sizes and contents, in the order of the paths.
 *
 * @param head what else it depends on
 */
export function digestOfFiles(files: readonly FileEntry[], head = ''): string {
  const lines = sortedFiles(files).map((file) => `${file.sha256} ${file.bytes} ${file.path}\n`);
  return sha256([head, ...lines]);
}

/** Files in the order of their paths, the same in every language. */
export function sortedFiles<T extends FileEntry>(files: readonly T[]): T[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * A list of files that was read from JSON.
 *
 * @throws Error that says what is wrong with it
 */
export function checkFiles(value: unknown): readonly FileEntry[] {
  if (!Array.isArray(value)) throw new TypeError(`files: got ${show(value)}, takes an array`);
  const paths = new Set<string>();
  for (const { path, bytes, sha256: hash } of value as Partial<FileEntry>[]) {
    if (typeof path !== 'string' || !isPathBelow(path) || paths.has(path)) {
      throw new Error(`path: got ${show(path)}, takes a path below the folder, each once`);
    }
    paths.add(path);
    integerFrom(bytes, 0, `bytes of ${path}`);
    if (!isSha256(hash)) throw new Error(`sha256 of ${path}: got ${show(hash)}`);
  }
  return value as FileEntry[];
}
