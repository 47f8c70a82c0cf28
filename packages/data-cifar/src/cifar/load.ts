import { rmSync } from 'node:fs';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { join, resolve as resolvePath } from 'node:path';
import { abortSignal, downloadFile, retryOptions, webAddress } from '@mnet/core/download';
import {
  bytes,
  digestOfFile,
  fileSystemError,
  kindOf,
  readWhole,
  sizeOfFile,
  withLock,
} from '@mnet/core/files';
import {
  boolean,
  callable,
  type Given,
  optional,
  options,
  required,
  type Resolved,
  resolve,
  text,
} from '@mnet/core/options';
import type { Splits } from '@mnet/data';
import { onExit } from 'signal-exit';
import { DataFileError, dataFileError } from '../files/errors.ts';
import type { OnProgress } from '../files/progress.ts';
import { unpackTarGz } from '../files/unpack.ts';
import { UNPACK_SLACK, unpackedBytes } from './archive.ts';
import {
  assemble,
  type Cifar100Dataset,
  checkSplitOptions,
  type LabelOptions,
  labelOptions,
  splitOptions,
} from './assemble.ts';
import { assertFileSize } from './decode.ts';
import { type Location, locate, unpackedFolder } from './locate.ts';
import { type CifarSource, cifar10Source, cifar100Source, sourceFiles } from './source.ts';

const loadOptions = options({
  /**
   * A folder that holds the unpacked files (itself, or in the archive's own folder), or the archive,
   * or where the archive shall be downloaded to; or the path of the archive.
   */
  dir: required(text("the path of a folder, such as 'data'")),
  /** Download the archive where neither it nor its files are there. Default false: nothing is fetched. */
  download: optional(boolean(), false),
  /** Address of a mirror of the archive. Default: the official one. The digest is checked either way. */
  url: optional(webAddress()),
  ...splitOptions.fields,
  ...retryOptions.fields,
  /** Ends the loading; a download can be resumed later. */
  signal: optional(abortSignal()),
  /** Called with every step of the loading. */
  onProgress: optional(callable<OnProgress>()),
});

/** Where the data set is, and how to get it. */
export interface LoadOptions extends Given<typeof loadOptions> {}

const labelledOptions = options({ ...loadOptions.fields, ...labelOptions.fields });

type Wanted = Resolved<typeof labelledOptions>;

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
export async function loadCifar10(given: LoadOptions): Promise<Splits> {
  const wanted = resolve(loadOptions, given, 'loadCifar10');
  return load(cifar10Source, { ...wanted, labels: 'fine' });
}

/**
 * Loads CIFAR-100 (Krizhevsky 2009): as {@link loadCifar10}, with 100 classes in 20 superclasses.
 * `labels` chooses which of the two to train on; each data set carries both.
 */
export async function loadCifar100(
  given: LoadOptions & LabelOptions,
): Promise<Splits<Cifar100Dataset>> {
  const wanted = resolve(labelledOptions, given, 'loadCifar100');
  return (await load(cifar100Source, wanted)) as Splits<Cifar100Dataset>;
}

/**
 * Loads any data set in CIFAR's binary layout, such as an archive of your own: what
 * {@link loadCifar10} and {@link loadCifar100} do, for another source.
 */
export async function loadCifar(
  source: CifarSource,
  given: LoadOptions & LabelOptions,
): Promise<Splits> {
  return load(source, resolve(labelledOptions, given, 'loadCifar'));
}

async function load(source: CifarSource, wanted: Wanted): Promise<Splits> {
  const { signal, onProgress } = wanted;
  checkSplitOptions(source, wanted);
  signal?.throwIfAborted();
  try {
    const folder = await findOrUnpack(source, wanted);
    // Sizes first: a broken file is told before any time is spent on the others.
    for (const file of sourceFiles(source)) {
      const path = join(folder, file.name);
      assertFileSize(source, file, await sizeOfFile(path), path);
    }
    return await assemble(
      source,
      async (file) => {
        const path = join(folder, file.name);
        const data = await readWhole(path, undefined, signal);
        onProgress?.({ phase: 'read', path, loaded: data.length, total: data.length });
        return { data, path };
      },
      wanted,
    );
  } catch (error) {
    throw dataFileError(error);
  }
}

/** The folder of the unpacked files, which are brought there first if need be. */
async function findOrUnpack(source: CifarSource, wanted: Wanted): Promise<string> {
  const { download, signal, onProgress } = wanted;
  const place = await locate(source, resolvePath(wanted.dir));
  const { base, archive } = place;
  // An archive that is named is what the caller wants: its digest counts even if it was unpacked before.
  if (place.isArchive) await verifyArchive(source, archive, wanted);
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
  const onWait = (): void => onProgress?.({ phase: 'wait', path: unpacked, loaded: 0 });
  return withLock(`${unpacked}.lock`, { signal, onWait }, async (locked) => {
    const watched = { ...wanted, signal: locked };
    // Another process may have done it all while this one waited.
    const done = await find();
    if (done !== undefined) return done;
    if ((await kindOf(archive)) === undefined) {
      const { retries, retryDelay, stallTimeout } = wanted;
      await downloadFile({
        url: wanted.url ?? source.url,
        path: archive,
        digest: `md5:${source.md5}`,
        bytes: source.archiveBytes,
        instead: 'give another address as url, or put the archive or its files into the folder',
        retries,
        retryDelay,
        stallTimeout,
        signal: locked,
        ...(onProgress && { onProgress }),
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
  { signal, onProgress }: Pick<Wanted, 'signal' | 'onProgress'>,
): Promise<void> {
  const got = await digestOfFile('md5', archive, {
    signal,
    onProgress: (loaded, total) => onProgress?.({ phase: 'verify', path: archive, loaded, total }),
  });
  if (got.hex === source.md5) return;
  throw new DataFileError(
    'digest',
    archive,
    `the archive is altered, truncated or repacked: got md5 ${got.hex} (${bytes(got.bytes)}), expected ${source.md5} (${bytes(source.archiveBytes)}). ` +
      'Delete it and load with download: true to fetch the official one. ' +
      'If you packed it yourself, unpack it (tar xzf) and give the folder: unpacked files are checked by size and labels, not by digest',
  );
}

/** Unpacks beside `folder` and renames: the folder is there whole or not at all. */
async function unpackArchive(
  source: CifarSource,
  archive: string,
  folder: string,
  watched: Pick<Wanted, 'signal' | 'onProgress'>,
): Promise<void> {
  const scratch = `${folder}.part`;
  const cleanUp = onExit(() => rmSync(scratch, { recursive: true, force: true }));
  try {
    // Left by a process that was killed: the lock says that no living one works here.
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch);
    const files = sourceFiles(source);
    const maxBytes = unpackedBytes(source) + UNPACK_SLACK;
    await unpackTarGz(archive, scratch, { ...watched, maxBytes });
    const inner = join(scratch, source.folder);
    if ((await unpackedFolder(source, [inner])) === undefined) {
      throw new DataFileError('archive', archive, `the archive holds no ${source.folder}`);
    }
    for (const file of files) {
      const path = join(inner, file.name);
      assertFileSize(source, file, await sizeOfFile(path), `${archive}, ${file.name}`);
    }
    watched.signal?.throwIfAborted();
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
