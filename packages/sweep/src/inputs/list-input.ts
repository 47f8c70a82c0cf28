import type { Stats } from 'node:fs';
import fs from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { FileError, fileSystemError, kindOf, targetOfTemporary } from '@mnet/core/files';
import { isPathBelow } from '../store/file-list.ts';
import { isInputName } from './input.ts';

/** A file of this machine that belongs to an input. */
export interface ListedFile {
  /** Below the folder, with `/` between the parts. */
  readonly path: string;
  readonly file: string;
  readonly stats: Stats;
}

/** What lies at a path, before any of it is read. */
export interface Listed {
  readonly kind: 'file' | 'folder';
  readonly name: string;
  readonly files: readonly ListedFile[];
  readonly empty: readonly string[];
}

/**
 * Lists a file or a folder, in the order of the paths. Links are followed. Left out is what is hidden, left behind by a desktop, being
 * written, or a run's lock.
 *
 * @throws FileError for what is not there, no file, a link to nothing or back into its own folder, or a name that not every system has
 */
export async function listInput(path: string, signal?: AbortSignal): Promise<Listed> {
  const root = resolve(path);
  const kind = await kindOf(root);
  if (kind === undefined) throw new FileError('missing', root, 'there is no such file or folder');
  const name = basename(root) || 'input';
  if (!isInputName(name)) throw hostile(root);
  if (kind === 'file') {
    const files = [{ path: name, file: root, stats: await fs.stat(root) }];
    return { kind, name, files, empty: [] };
  }
  const files: ListedFile[] = [];
  const empty: string[] = [];
  const visit = async (below: string, inside: readonly string[]): Promise<void> => {
    signal?.throwIfAborted();
    const folder = join(root, below);
    const real = await fs.realpath(folder);
    if (inside.includes(real)) {
      throw new FileError('io', folder, 'is a link to a folder that it is in');
    }
    const before = files.length;
    for (const entry of await fs.readdir(folder)) {
      if (isLeftOut(entry)) continue;
      const inner = below === '' ? entry : `${below}/${entry}`;
      const file = join(root, inner);
      if (!isPathBelow(inner)) throw hostile(file);
      // Says by name what is neither: a link to nothing, a pipe.
      const what = await kindOf(file);
      if (what === 'folder') await visit(inner, [...inside, real]);
      else if (what === 'file') files.push({ path: inner, file, stats: await fs.stat(file) });
    }
    if (files.length === before && below !== '') empty.push(below);
  };
  try {
    await visit('', []);
  } catch (error) {
    throw fileSystemError(error, root, 'reading');
  }
  const order = <T extends { path: string }>(a: T, b: T): number => (a.path < b.path ? -1 : 1);
  return {
    kind,
    name,
    files: files.toSorted(order),
    // Of nested ones the innermost says it all.
    empty: empty
      .filter((folder) => !empty.some((other) => other.startsWith(`${folder}/`)))
      .toSorted((a, b) => (a < b ? -1 : 1)),
  };
}

function isLeftOut(name: string): boolean {
  return (
    name.startsWith('.') ||
    /^(thumbs\.db|desktop\.ini|__macosx|icon\r)$/i.test(name) ||
    /^run\.lock(\.gate)?$/.test(name) ||
    targetOfTemporary(name) !== undefined
  );
}

function hostile(path: string): FileError {
  const shown = JSON.stringify(path);
  const what = `has a name that not every system can have (${shown}): rename it`;
  return new FileError('io', path, what);
}
