import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { withLock } from '@mnet/core/files';
import { folderError } from './folder-error.ts';
import { checkKey, checkPrefix, isKey, isKeyPart } from './keys.ts';
import { piecesOf, syncFolder, writeChecked, writeNew, type Written } from './local-file.ts';
import type { Expected, ExpectedFile, ObjectStore, StoredFile } from './object-store.ts';
import { nameOf, StoreError } from './store-error.ts';

// A folder as a store:
//
//   .mnet-store         says that the folder is one. Where it is missing, a share is not mounted: what cannot be found then is not
//                       taken for absent, nor is anything written to the disk below.
//   .mnet-writing/      files that are being written, under names of their own: on the same file system as all others, so that
//                       they can be renamed, and in one place, so that what killed writers left is found by one look.
//   studies/…           files by their keys, folders for the parts.
//
// A file is written and flushed under a temporary name, then renamed, or linked where it must not replace one: both are one step at
// the server, on NFS too.

const MARK = '.mnet-store';
const WRITING = '.mnet-writing';
/** What was not written to for so long is a killed writer's, in milliseconds; longer than clocks of machines differ. */
const LEFT = 24 * 3600_000;

/** How a folder is opened. */
export interface FolderStoreOptions {
  /** Nothing is written; a folder that is no store is an error. */
  readonly readOnly?: boolean;
}

/**
 * Opens a folder as a store, and removes what writers left that were killed more than a day ago. One that is not there is made, in a
 * folder that is.
 *
 * @throws StoreError where that cannot be done
 */
export async function openFolderStore(
  path: string,
  { readOnly = false }: FolderStoreOptions = {},
): Promise<ObjectStore> {
  const place = resolve(path);
  try {
    if (!(await isThere(join(place, MARK)))) {
      if (readOnly) throw noStore(place, false);
      await makeStore(place);
    }
    if (!readOnly) await removeLeft(join(place, WRITING));
  } catch (error) {
    throw folderError(error, place, '', 'opening the store');
  }
  return new FolderStore(place);
}

class FolderStore implements ObjectStore {
  readonly place: string;

  constructor(place: string) {
    this.place = place;
  }

  put(
    key: string,
    content: string | Uint8Array,
    { ifAbsent = false }: { ifAbsent?: boolean } = {},
  ): Promise<boolean> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    return this.#write(key, [bytes], { ifAbsent });
  }

  async putFile(key: string, path: string, { sha256, bytes }: ExpectedFile = {}): Promise<void> {
    await this.#write(key, piecesOf(path, undefined, bytes), {
      check: (written) => {
        if (sha256 === undefined || written.sha256 === sha256) return;
        throw new StoreError('changed', path, 'changed while it was stored', { retriable: true });
      },
    });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    checkKey(key);
    return this.#ifThere(key, () => fs.readFile(this.#path(key)));
  }

  async getFile(key: string, path: string, { sha256 }: Expected = {}): Promise<boolean> {
    checkKey(key);
    if (!(await this.has(key))) return false;
    const from = await this.#ifThere(key, () => fs.open(this.#path(key)));
    if (from === undefined) return false;
    try {
      await writeChecked(path, this.#stream(key, from), (written) => {
        if (sha256 === undefined || written.sha256 === sha256) return;
        throw new StoreError(
          'damaged',
          nameOf(this.place, key),
          `has the digest ${written.sha256}, was stored with ${sha256}`,
          { retriable: false },
        );
      });
    } finally {
      await from.close();
    }
    return true;
  }

  async has(key: string): Promise<boolean> {
    checkKey(key);
    return (await this.#ifThere(key, () => fs.stat(this.#path(key))))?.isFile() === true;
  }

  async *list(prefix: string): AsyncIterable<StoredFile> {
    checkPrefix(prefix);
    const cut = prefix.lastIndexOf('/') + 1;
    for await (const key of this.#walk(prefix.slice(0, cut), prefix)) {
      const stats = await this.#ifThere(key, () => fs.stat(this.#path(key)));
      // One that was removed meanwhile.
      if (stats !== undefined) yield { key, bytes: stats.size };
    }
  }

  async remove(key: string): Promise<void> {
    checkKey(key);
    await this.#ifThere(key, () => fs.unlink(this.#path(key)), 'removing');
  }

  async close(): Promise<void> {}

  #path(key: string): string {
    return join(this.place, ...key.split('/'));
  }

  /** Files below a folder, whose key ends in a slash or is empty, in the order of their keys. */
  async *#walk(folder: string, prefix: string): AsyncGenerator<string> {
    // A folder's name counts with the slash after it, so that the order is that of whole keys.
    for (const name of await this.#namesIn(folder)) {
      const key = `${folder}${name}`;
      if (!key.startsWith(prefix)) continue;
      if (name.endsWith('/')) yield* this.#walk(key, prefix);
      else if (isKey(key)) yield key;
    }
  }

  /** The names in a folder in their order, those of folders with a slash; none where it is not there. */
  async #namesIn(folder: string): Promise<string[]> {
    // The folder itself is there, and empty, where a share is not mounted.
    if (folder === '') await this.#mustBeThere();
    const path = join(this.place, folder);
    const found = await this.#ifThere(folder.slice(0, -1), () =>
      fs.readdir(path, { withFileTypes: true }),
    );
    const own = (found ?? []).filter((entry) => isKeyPart(entry.name));
    return own
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .toSorted((a, b) => (a < b ? -1 : 1));
  }

  async *#stream(key: string, from: fs.FileHandle): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of from.createReadStream({
        highWaterMark: 1 << 20,
        autoClose: false,
      })) {
        yield piece as Uint8Array;
      }
    } catch (error) {
      throw folderError(error, this.place, key, 'reading');
    }
  }

  /** What an operation gives; undefined where there is no such file in a store that is there. */
  async #ifThere<T>(
    key: string,
    work: () => Promise<T>,
    doing = 'reading',
  ): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!absent.includes((error as NodeJS.ErrnoException).code ?? '')) {
        throw folderError(error, this.place, key, doing);
      }
      await this.#mustBeThere();
      return undefined;
    }
  }

  async #mustBeThere(): Promise<void> {
    const there = await isThere(join(this.place, MARK)).catch((error: unknown) => {
      throw folderError(error, this.place, '', 'looking for it');
    });
    if (!there) throw noStore(this.place, true);
  }

  async #write(
    key: string,
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    { ifAbsent = false, check }: { ifAbsent?: boolean; check?: (written: Written) => void },
  ): Promise<boolean> {
    checkKey(key);
    if (ifAbsent && (await this.has(key))) return false;
    const target = this.#path(key);
    const temporary = join(this.place, WRITING, randomUUID());
    try {
      await this.#mustBeThere();
      await makeFolder(dirname(temporary), this.place);
      const all = await writeNew(temporary, pieces);
      check?.(all);
      await makeFolder(dirname(target), this.place);
      const written = ifAbsent
        ? await this.#writeIfAbsent(temporary, target)
        : await fs.rename(temporary, target).then(() => true);
      if (written) await syncFolder(dirname(target));
      return written;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') await this.#mustBeThere();
      throw folderError(error, this.place, key, 'writing');
    } finally {
      await fs.rm(temporary, { force: true }).catch(() => {});
    }
  }

  /** Gives a whole file its name, unless that is taken: of several writers, by one. */
  async #writeIfAbsent(temporary: string, target: string): Promise<boolean> {
    try {
      await fs.link(temporary, target);
      return true;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // On NFS the answer to the first try may have been lost, and the second found the name taken by it.
      if (code === 'EEXIST') return (await fs.stat(temporary)).nlink > 1;
      if (!linkless.includes(code)) throw error;
    }
    // A file system without links, such as exFAT or SMB: whoever holds the lock looks and writes alone.
    const name = createHash('sha256').update(target).digest('hex');
    return withLock(join(dirname(temporary), `${name}.lock`), { poll: 20 }, async () => {
      if (await isThere(target)) return false;
      await fs.rename(temporary, target);
      return true;
    });
  }
}

/** What is said of a file that is not there: of its folder too, or it is one. */
const absent = ['ENOENT', 'ENOTDIR', 'EISDIR'];
/** What link(2) says where there are no links. */
const linkless = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'];

async function makeStore(place: string): Promise<void> {
  const kind = await fs.stat(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (kind && !kind.isDirectory()) {
    throw new StoreError('io', place, 'is a file, takes a folder', { retriable: false });
  }
  if (!kind) {
    try {
      await fs.mkdir(place);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') {
        const what = `cannot be made: there is no folder ${dirname(place)}. Is the share mounted?`;
        throw new StoreError('missing', place, what, { cause: error, retriable: true });
      }
      if (code !== 'EEXIST') throw error;
    }
  }
  const mark = await fs.open(join(place, MARK), 'a');
  try {
    await mark.writeFile(
      'Files of mnet sweep lie here. This one says that the disk or share is there.\n',
    );
    await mark.sync();
  } finally {
    await mark.close();
  }
  await syncFolder(place);
}

/** Makes a folder below another, which is not made. */
async function makeFolder(path: string, below: string): Promise<void> {
  if (path === below) return;
  try {
    await fs.mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT') throw error;
    if (dirname(path) === below) throw error;
    await makeFolder(dirname(path), below);
    await makeFolder(path, below);
  }
}

async function removeLeft(folder: string): Promise<void> {
  const names = await fs.readdir(folder).catch(() => []);
  for (const name of names) {
    const path = join(folder, name);
    try {
      const { mtimeMs } = await fs.stat(path);
      if (Date.now() - mtimeMs > LEFT) await fs.rm(path, { recursive: true });
    } catch {
      // Another process was there first, or it is another user's.
    }
  }
}

function isThere(path: string): Promise<boolean> {
  return fs.stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
      throw error;
    },
  );
}

function noStore(place: string, opened: boolean): StoreError {
  const what = opened
    ? `the store is gone: there is no ${MARK} in it any more. Was its disk or share unmounted?`
    : `is no store: there is no ${MARK} in it. Is its disk or share mounted?`;
  return new StoreError('missing', place, what, { retriable: true });
}
