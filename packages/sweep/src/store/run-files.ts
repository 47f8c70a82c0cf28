import type { Stats } from 'node:fs';
import fs from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { digestOfFile, sha256, targetOfTemporary } from '@mnet/core/files';
import { runPaths } from '@mnet/train';
import { type FileEntry, isPathBelow } from './file-list.ts';
import { digestOfPieces, piecesOf } from './local-file.ts';

/** A file of a run's folder, and where its content is now. */
export interface RunFile extends FileEntry {
  /** In memory, or the beginning of a file: for as long as that has this digest. */
  readonly content: Uint8Array | { readonly file: string };
}

/** What is known of files that were read before, by their path. */
export type KnownFiles = Map<string, { readonly signature: string; readonly sha256: string }>;

/** Up to this, what may grow is held in memory; of what is larger, the beginning is read again when it is sent. */
const SMALL = 4 * 2 ** 20;

/**
 * The files of a run's folder, while a training may be writing to it. A training writes its log before the checkpoint that counts on it,
 * and what says that the run is complete last of all; so they are read the other way round, and what is found is what a killed
 * training could have left. Of what is appended to, a part is taken, as of a line that was being written.
 *
 * @param known is used and filled: checkpoints that did not change are not read again
 * @returns undefined where every checkpoint that was found was replaced before it could be read: to be tried again
 * @throws FileError
 */
export async function filesOfRun(
  folder: string,
  known: KnownFiles,
): Promise<RunFile[] | undefined> {
  const { checkpoint, checkpoints, model } = runPaths(folder);
  // These are only ever replaced as a whole, and may be gone at any moment.
  const whole = async (path: string): Promise<RunFile | undefined> => {
    const stats = await statOf(path);
    if (!stats?.isFile()) return undefined;
    const signature = `${stats.ino}:${stats.size}:${stats.mtimeMs}`;
    const name = nameBelow(folder, path);
    let hash = known.get(name)?.signature === signature ? known.get(name)?.sha256 : undefined;
    if (hash === undefined) {
      const read = await digestOfFile('sha256', path).catch((error: unknown) => {
        if (!isGone(error)) throw error;
        return undefined;
      });
      // Gone or replaced while it was read: it is not what the signature is of.
      if (read === undefined || read.bytes !== stats.size) return undefined;
      hash = read.hex;
      known.set(name, { signature, sha256: hash });
    }
    return { path: name, bytes: stats.size, sha256: hash, content: { file: path } };
  };
  const files: RunFile[] = [];
  const add = (file: RunFile | undefined): void => {
    if (file !== undefined) files.push(file);
  };
  add(await whole(checkpoint));
  const found = (await pathsBelow(checkpoints)).toSorted().toReversed();
  for (const path of found) add(await whole(path));
  if (found.length > 0 && !files.some(({ content }) => isBelow(checkpoints, content)))
    return undefined;
  for (const path of await pathsBelow(folder)) {
    if (path === checkpoint || path.startsWith(checkpoints + sep)) continue;
    if (path.startsWith(model + sep)) add(await whole(path));
    else add(await growing(folder, path));
  }
  return files;
}

/** Whether an error says that a file is not there any more. */
export function isGone(error: unknown): boolean {
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  return code === 'ENOENT' || code === 'missing' || cause?.code === 'ENOENT';
}

function isBelow(folder: string, content: RunFile['content']): boolean {
  return !(content instanceof Uint8Array) && content.file.startsWith(folder + sep);
}

async function growing(folder: string, path: string): Promise<RunFile | undefined> {
  const name = nameBelow(folder, path);
  try {
    const stats = await fs.stat(path);
    if (!stats.isFile()) return undefined;
    if (stats.size <= SMALL) {
      const content = await fs.readFile(path);
      return { path: name, bytes: content.length, sha256: sha256([content]), content };
    }
    const hash = await digestOfPieces(piecesOf(path, undefined, stats.size));
    return { path: name, bytes: stats.size, sha256: hash, content: { file: path } };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Files below a folder but for what is no part of a run: its lock, and what is being written. */
async function pathsBelow(folder: string): Promise<string[]> {
  const entries = await fs
    .readdir(folder, { withFileTypes: true })
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
  const paths: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (/^run\.lock(\.gate)?$/.test(entry.name) || targetOfTemporary(entry.name)) continue;
    if (entry.isDirectory()) paths.push(...(await pathsBelow(path)));
    else if (entry.isFile()) paths.push(path);
  }
  return paths;
}

function nameBelow(folder: string, path: string): string {
  const name = relative(folder, path).split(sep).join('/');
  if (isPathBelow(name)) return name;
  throw new Error(`${path}: has a name that cannot be stored; it is no file of a run`);
}

async function statOf(path: string): Promise<Stats | undefined> {
  return fs.stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
