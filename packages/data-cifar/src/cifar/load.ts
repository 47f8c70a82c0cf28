import { rmSync } from 'node:fs';
import { mkdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { onExit } from 'signal-exit';
import { booleanValue, integerIn, knownOptions, show } from '@mnet/core/check';
import type { Splits } from '@mnet/data';
import { md5OfFile } from '../files/digest.ts';
import { assertWebAddress, downloadFile, type RetryOptions } from '../files/download.ts';
import { bytes, DataFileError, fileSystemError } from '../files/errors.ts';
import { kindOf, sizeOfFile } from '../files/kind.ts';
import { withLock } from '../files/lock.ts';
import type { OnProgress } from '../files/progress.ts';
import { unpackTarGz } from '../files/unpack.ts';
import { UNPACK_SLACK, unpackedBytes } from './archive.ts';
import {
  assemble,
  type Cifar100Dataset,
  checkSplitOptions,
  type LabelOptions,
  type SplitOptions,
} from './assemble.ts';
import { assertFileSize } from './decode.ts';
import { type Location, locate, unpackedFolder } from './locate.ts';
import { type CifarSource, cifar10Source, cifar100Source, sourceFiles } from './source.ts';

/** Where the data set is, and how to get it. */
export interface LoadOptions extends SplitOptions, RetryOptions {
  /**
   * A folder that holds the unpacked files (itself, or in the archive's own folder), or the archive,
   * or where the archive shall be downloaded to; or the path of the archive.
   */
  readonly dir: string;
  /** Download the archive where neither it nor its files are there. Default false: nothing is fetched. */
  readonly download?: boolean;
  /** Address of a mirror of the archive. Default: the official one. The digest is checked either way. */
  readonly url?: string;
  /** Ends the loading; a download can be resumed later. */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

const KEYS = [
  'dir',
  'download',
  'validation',
  'seed',
  'url',
  'signal',
  'onProgress',
  'retries',
  'retryDelay',
  'stallTimeout',
];

/**
 * Loads CIFAR-10 (Krizhevsky 2009): 60,000 images of 32×32 RGB in ten classes, of which 10,000 are
 * the test set and, by default, 5,000 are held out of the others for validation.
 *
 * Unpacked files in `dir` are used as they are, after a check of their sizes, labels and class
 * counts; else the archive in `dir` is checked against its published MD5 and unpacked; else, with
 * `download: true`, it is downloaded. Nothing that is wrong or partial is ever taken for good.
 *
 * @throws DataFileError that names the file, what is wrong with it, and what to do.
 */
export async function loadCifar10(options: LoadOptions): Promise<Splits> {
  knownOptions(options, KEYS, 'options');
  return loadCifar(cifar10Source, options);
}

/**
 * Loads CIFAR-100 (Krizhevsky 2009): as {@link loadCifar10}, with 100 classes in 20 superclasses.
 * `labels` chooses which of the two to train on; each data set carries both.
 */
export async function loadCifar100(
  options: LoadOptions & LabelOptions,
): Promise<Splits<Cifar100Dataset>> {
  knownOptions(options, [...KEYS, 'labels'], 'options');
  return (await loadCifar(cifar100Source, options)) as Splits<Cifar100Dataset>;
}

/**
 * Loads any data set in CIFAR's binary layout, such as an archive of your own: what
 * {@link loadCifar10} and {@link loadCifar100} do, for another source.
 */
export async function loadCifar(
  source: CifarSource,
  options: LoadOptions & LabelOptions,
): Promise<Splits> {
  checkLoadOptions(source, options);
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  const folder = await findOrUnpack(source, options);
  // Sizes first: a broken file is told before any time is spent on the others.
  for (const file of sourceFiles(source)) {
    const path = join(folder, file.name);
    assertFileSize(source, file, await sizeOfFile(path), path);
  }
  return assemble(
    source,
    async (file) => {
      const path = join(folder, file.name);
      const data = await readAll(path, signal);
      onProgress?.({ phase: 'read', path, loaded: data.length, total: data.length });
      return { data, path };
    },
    options,
  );
}

function checkLoadOptions(source: CifarSource, options: LoadOptions & LabelOptions): void {
  knownOptions(options, [...KEYS, 'labels'], 'options');
  const { dir, download = false, url, signal, onProgress } = options;
  if (typeof dir !== 'string' || dir === '') {
    throw new TypeError(`dir: got ${show(dir)}, takes the path of a folder, such as 'data'`);
  }
  booleanValue(download, 'download');
  if (url !== undefined) assertWebAddress(url, 'url');
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`signal: got ${show(signal)}, takes an AbortSignal`);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new TypeError(`onProgress: got ${show(onProgress)}, takes a function`);
  }
  const { retries = 5, retryDelay = 500, stallTimeout = 30_000 } = options;
  integerIn(retries, 0, 1_000, 'retries');
  integerIn(retryDelay, 0, 3_600_000, 'retryDelay');
  integerIn(stallTimeout, 1, 3_600_000, 'stallTimeout');
  checkSplitOptions(source, options);
}

/** The folder of the unpacked files, which are brought there first if need be. */
async function findOrUnpack(source: CifarSource, options: LoadOptions): Promise<string> {
  const { download = false, signal, onProgress } = options;
  const place = await locate(source, resolve(options.dir));
  const { base, archive } = place;
  // An archive that is named is what the caller wants: its digest counts even if it was unpacked before.
  if (place.isArchive) await verifyArchive(source, archive, options);
  const unpacked = join(base, source.folder);
  const find = (): Promise<string | undefined> =>
    unpackedFolder(source, place.isArchive ? [unpacked] : [base, unpacked]);
  const found = await find();
  if (found !== undefined) return found;
  if (!download && (await kindOf(archive)) === undefined) throw missing(source, place);
  try {
    await mkdir(base, { recursive: true });
  } catch (error) {
    throw fileSystemError(error, base, 'making the folder');
  }
  return withLock(archive, { signal, onProgress }, async (locked) => {
    const watched = { ...options, signal: locked };
    // Another process may have done it all while this one waited.
    const done = await find();
    if (done !== undefined) return done;
    if ((await kindOf(archive)) === undefined) {
      await downloadFile({
        ...watched,
        url: options.url ?? source.url,
        path: archive,
        md5: source.md5,
        bytes: source.archiveBytes,
      });
    } else if (!place.isArchive) {
      await verifyArchive(source, archive, watched);
    }
    await unpackArchive(source, archive, unpacked, watched);
    return unpacked;
  });
}

function missing(source: CifarSource, { base, archive }: Location): DataFileError {
  return new DataFileError(
    'missing',
    base,
    `${source.name} is not there. Looked for ${sourceFiles(source)[0]!.name} and the other files in this folder and in ${join(base, source.folder)}, and for ${archive}. ` +
      `Load with download: true, or fetch ${source.url} into this folder`,
  );
}

async function verifyArchive(
  source: CifarSource,
  archive: string,
  options: Pick<LoadOptions, 'signal' | 'onProgress'>,
): Promise<void> {
  const got = await md5OfFile(archive, options);
  if (got.md5 === source.md5) return;
  throw new DataFileError(
    'digest',
    archive,
    `the archive is altered, truncated or repacked: got md5 ${got.md5} (${bytes(got.bytes)}), expected ${source.md5} (${bytes(source.archiveBytes)}). ` +
      'Delete it and load with download: true to fetch the official one. ' +
      'If you packed it yourself, unpack it (tar xzf) and give the folder: unpacked files are checked by size and labels, not by digest',
  );
}

/** Unpacks beside `folder` and renames: the folder is there whole or not at all. */
async function unpackArchive(
  source: CifarSource,
  archive: string,
  folder: string,
  options: Pick<LoadOptions, 'signal' | 'onProgress'>,
): Promise<void> {
  const scratch = `${folder}.part`;
  const cleanUp = onExit(() => rmSync(scratch, { recursive: true, force: true }));
  try {
    // Left by a process that was killed: the lock says that no living one works here.
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch);
    const files = sourceFiles(source);
    const maxBytes = unpackedBytes(source) + UNPACK_SLACK;
    await unpackTarGz(archive, scratch, { ...options, maxBytes });
    const inner = join(scratch, source.folder);
    if ((await unpackedFolder(source, [inner])) === undefined) {
      throw new DataFileError('archive', archive, `the archive holds no ${source.folder}`);
    }
    for (const file of files) {
      const path = join(inner, file.name);
      assertFileSize(source, file, await sizeOfFile(path), `${archive}, ${file.name}`);
    }
    options.signal?.throwIfAborted();
    // Some systems do not rename onto an empty folder.
    if ((await kindOf(folder)) === 'folder') await rmdir(folder);
    await rename(inner, folder);
  } catch (error) {
    throw fileSystemError(error, folder, `unpacking ${archive}`);
  } finally {
    cleanUp();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function readAll(path: string, signal: AbortSignal | undefined): Promise<Buffer> {
  try {
    return await readFile(path, signal && { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw fileSystemError(error, path, 'reading');
  }
}
