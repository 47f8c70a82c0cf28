import type { Stats } from 'node:fs';
import { FileError, fileSystemError } from './errors.ts';
import { nodeModules } from './node.ts';

/**
 * 'file', 'folder', or undefined where there is nothing.
 *
 * @throws FileError for a link that leads to nothing, a pipe, a socket or a device: opening one may wait for ever.
 */
export async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  const stats = await statsOf(path);
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return 'folder';
  if (!stats.isFile()) throw unreadable(path, stats);
  return 'file';
}

/**
 * The size in bytes of a file that must be there.
 *
 * @throws FileError where it is not, or is something else than a file.
 */
export async function sizeOfFile(path: string): Promise<number> {
  const stats = await statsOf(path);
  if (stats?.isFile()) return stats.size;
  if (stats === undefined) throw new FileError('missing', path, 'there is no such file');
  throw unreadable(path, stats);
}

/** The size in bytes of a file to be written on, 0 where there is none. Devices count as empty files. */
export async function sizeToWriteOn(path: string): Promise<number> {
  const stats = await statsOf(path);
  if (stats === undefined || stats.isCharacterDevice()) return 0;
  if (!stats.isFile()) throw unreadable(path, stats);
  return stats.size;
}

async function statsOf(path: string): Promise<Stats | undefined> {
  const { fsPromises: fs } = nodeModules('files');
  try {
    return await fs.stat(path);
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const link = absent && (await fs.lstat(path).catch(() => undefined))?.isSymbolicLink();
    if (link) {
      const target = await fs.readlink(path).catch(() => '?');
      throw new FileError(
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

function unreadable(path: string, stats: Stats): FileError {
  return new FileError('io', path, `is ${special(stats)}, takes a file. Move it out of the way`);
}

function special(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}
