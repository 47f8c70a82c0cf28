import { open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileSystemError, kindOf } from '@mnet/core/files';
import { DataFileError } from '../files/errors.ts';
import { type CifarSource, sourceFiles } from './source.ts';

/** What `dir` turned out to be. */
export interface Location {
  /** The folder that the archive is kept in and unpacked into. */
  readonly base: string;
  /** The archive's place, whether it is there or not. */
  readonly archive: string;
  /** True where `dir` is the archive itself. */
  readonly isArchive: boolean;
}

/** Finds out what `dir` is: a folder (there or not yet) or an archive. */
export async function locate(source: CifarSource, dir: string): Promise<Location> {
  const found = await kindOf(dir);
  if (found === 'file') {
    if (!(await isGzip(dir))) {
      const content = sourceFiles(source).some(({ name }) => name === basename(dir))
        ? 'one file of the data set'
        : 'not a .tar.gz archive';
      throw new DataFileError(
        'archive',
        dir,
        `dir is ${content}. Give the folder that holds the files, or ${source.archive}`,
      );
    }
    return { base: dirname(dir), archive: dir, isArchive: true };
  }
  if (found === undefined && /\.(tar\.gz|tgz)$/.test(dir)) {
    throw new DataFileError(
      'missing',
      dir,
      `there is no such archive. Give the folder for ${source.archive} as dir; with download: true it is downloaded there`,
    );
  }
  return { base: dir, archive: join(dir, source.archive), isArchive: false };
}

/**
 * The folder that holds the unpacked files: `base` or the archive's folder in it. Undefined where
 * none of the files is in either; an error where some are and others are not.
 */
export async function unpackedFolder(
  source: CifarSource,
  folders: readonly string[],
): Promise<string | undefined> {
  for (const folder of folders) {
    const names = await namesIn(folder);
    const missing = sourceFiles(source).filter(({ name }) => !names.has(name));
    if (missing.length === 0) return folder;
    if (missing.length < sourceFiles(source).length) {
      const list = missing.map(({ name }) => name).join(', ');
      throw new DataFileError(
        'missing',
        join(folder, missing[0]!.name),
        `${source.name} is incomplete: ${list} not there, while other files are. Delete the unpacked files and load again: they are taken from ${source.archive} in the same folder, or downloaded with download: true`,
      );
    }
  }
  return undefined;
}

/** The names in a folder; none where there is no folder. */
async function namesIn(folder: string): Promise<Set<string>> {
  if ((await kindOf(folder)) !== 'folder') return new Set();
  try {
    return new Set(await readdir(folder));
  } catch (error) {
    throw fileSystemError(error, folder, 'reading the folder');
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path).catch((error: unknown) => {
    throw fileSystemError(error, path, 'reading');
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}
