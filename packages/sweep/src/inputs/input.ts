import { checkFiles, digestOfFiles, type FileEntry, isPathBelow } from '../store/file-list.ts';

/** What a run reads: a file, or a folder of them, by what it holds. */
export interface InputContent {
  readonly kind: 'file' | 'folder';
  /** The file's or the folder's own name: a data set may be called by it. */
  readonly name: string;
  /** In the order of their paths; of a file, itself under its name. */
  readonly files: readonly FileEntry[];
  /** Folders without a file, such as a class that has no pictures. */
  readonly empty: readonly string[];
}

/** An input with its digest, by which it is the same everywhere. */
export interface Input extends InputContent {
  /** SHA-256 over kind, name, and paths, sizes and digests of the files. */
  readonly digest: string;
  /** Of all files. */
  readonly bytes: number;
}

/** An input of this content. */
export function inputOf(content: InputContent): Input {
  const { kind, name, files, empty } = content;
  const head = `${kind} ${name}\n${empty.map((path) => `empty ${path}\n`).join('')}`;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { kind, name, files, empty, digest: digestOfFiles(files, head), bytes };
}

const FORMAT = 1;

/** An input as it is stored. */
export function encodeInput({ kind, name, files, empty }: Input): string {
  return `${JSON.stringify({ format: FORMAT, kind, name, empty, files })}\n`;
}

/**
 * Reads an input's description, which anyone may have written.
 *
 * @param digest the digest that it must have
 * @throws Error that says what is wrong with it
 */
export function decodeInput(content: Uint8Array, digest: string): Input {
  const { format, kind, name, files, empty } = JSON.parse(new TextDecoder().decode(content));
  if (format !== FORMAT) {
    throw new Error(
      `format: got ${String(format)}, takes ${FORMAT}; was it written by another version?`,
    );
  }
  const folders = Array.isArray(empty) && empty.every((path) => isPathBelow(String(path)));
  if (!isInputName(name) || !folders) throw new Error('its names lead elsewhere');
  const input = inputOf({ kind, name, files: checkFiles(files), empty });
  if (input.digest !== digest) throw new Error(`it has the digest ${input.digest}`);
  return input;
}

/** Whether an input can be called so: one part of a path. */
export function isInputName(name: unknown): name is string {
  return typeof name === 'string' && isPathBelow(name) && !name.includes('/');
}

/** How an input is called in errors. */
export function sayInput({ name, digest }: Pick<Input, 'name' | 'digest'>): string {
  return `input '${name}' (${digest.slice(0, 12)}…)`;
}
