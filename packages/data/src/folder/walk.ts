import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareNames, isIgnored } from '../pictures/names.ts';
import type { Listing } from '../pictures/layout.ts';

/** A file by its path, or what is wrong with it: no file, or a link to nothing. */
export type Found = { readonly path: string } | { readonly broken: string };

/**
 * Everything below a folder, but what is hidden. Links are followed.
 *
 * @throws Error if `dir` is no folder, a folder cannot be read, or a link leads back into a folder that it is in.
 */
export async function walk(dir: string, signal: AbortSignal | undefined): Promise<Listing<Found>> {
  const files = new Map<string, Found>();
  const folders: string[] = [];
  const visit = async (path: string, inside: readonly string[]): Promise<void> => {
    signal?.throwIfAborted();
    const real = await realpath(join(dir, path));
    if (inside.includes(real)) {
      throw new Error(
        `${join(dir, path)}: links to a folder that it is in, takes a folder of pictures`,
      );
    }
    const entries = await readdir(real, { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => compareNames(a.name, b.name))) {
      if (isIgnored(entry.name)) continue;
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      const kind = await kindOf(entry, join(dir, inner));
      if (kind === 'folder') {
        folders.push(inner);
        await visit(inner, [...inside, real]);
      } else {
        files.set(inner, kind === 'file' ? { path: join(dir, inner) } : { broken: kind });
      }
    }
  };
  const kind = await stat(dir).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    const found = code === 'ENOENT' ? 'which is not there' : `which cannot be read (${code})`;
    throw new Error(`dir: got '${dir}', ${found}; takes a folder of pictures, one folder a class`, {
      cause: error,
    });
  });
  if (!kind.isDirectory()) {
    throw new Error(`dir: got '${dir}', a file; takes a folder of pictures, one folder a class`);
  }
  await visit('', []);
  return { where: dir, files, folders };
}

/** 'folder', 'file', or what else it is, as it is told. */
async function kindOf(entry: Dirent, path: string): Promise<string> {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  if (!entry.isSymbolicLink()) return 'is no file';
  try {
    const target = await stat(path);
    if (target.isDirectory()) return 'folder';
    return target.isFile() ? 'file' : 'is a link to what is no file';
  } catch {
    return 'is a link to nothing';
  }
}
