import type { Stats } from 'node:fs';
import { lstat, readlink, stat } from 'node:fs/promises';
import { DataFileError, fileSystemError } from './errors.ts';

/**
 * 'file', 'folder', or undefined where there is nothing.
 *
 * @throws DataFileError for a link that leads to nothing, a pipe, a socket or a device: opening one may wait for ever.
 */
export async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  const stats = await statsOf(path);
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return 'folder';
  if (!stats.isFile()) throw unreadable(path, special(stats));
  return 'file';
}

/**
 * The size in bytes of a file that must be there.
 *
 * @throws DataFileError where it is not, or is something else than a file.
 */
export async function sizeOfFile(path: string): Promise<number> {
  const stats = await statsOf(path);
  if (stats?.isFile()) return stats.size;
  if (stats === undefined) throw new DataFileError('missing', path, 'there is no such file');
  throw unreadable(path, stats.isDirectory() ? 'a folder' : special(stats));
}

/** The size in bytes of a file to be written on, 0 where there is none. Devices count as empty files. */
export async function sizeToWriteOn(path: string): Promise<number> {
  const stats = await statsOf(path);
  if (stats === undefined || stats.isCharacterDevice()) return 0;
  if (!stats.isFile()) throw unreadable(path, stats.isDirectory() ? 'a folder' : special(stats));
  return stats.size;
}

async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const link = absent && (await lstat(path).catch(() => undefined))?.isSymbolicLink();
    if (link) {
      const target = await readlink(path).catch(() => '?');
      throw new DataFileError(
        'missing',
        path,
        `is a link to ${target}, which is not there. Mend the link or remove it`,
        { cause: error },
      );
    }
    if (absent) return undefined;
    throw fileSystemError(error, path, 'looking for it');
  }
}

function special(stats: Stats): string {
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

function unreadable(path: string, what: string): DataFileError {
  return new DataFileError('io', path, `is ${what}, takes a file. Move it out of the way`);
}
