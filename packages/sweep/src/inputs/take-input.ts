import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { show } from '@mnet/core/check';
import { FileError, fileSystemError, readWhole, withLock, writeWhole } from '@mnet/core/files';
import { type Given, resolve as resolveOptions } from '@mnet/core/options';
import { isSha256 } from '../store/file-list.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { nameOf, StoreError } from '../store/store-error.ts';
import { type Reading, readListed } from './describe-input.ts';
import { decodeInput, encodeInput, type Input, inputOf, sayInput } from './input.ts';
import { decodePacks, inputKeys, type Pack, packKey } from './input-store.ts';
import { listInput } from './list-input.ts';
import { takeInputOptions } from './options.ts';
import { unpack } from './unpack.ts';

/** Settings of {@link takeInput}. */
export interface TakeInputOptions extends Given<typeof takeInputOptions> {}

// A cache of inputs:
//
//   inputs/DIGEST/files.json       what the input holds, so that a store need not be asked
//   inputs/DIGEST/content/NAME     the input, renamed to here when all of it is there and has its digests
//   inputs/DIGEST/near-…/NAME      a link to a file or folder of this machine that holds the same under another name
//   inputs/DIGEST/fetching-…/      one that is being fetched, by whoever holds the lock; another one's was killed
//   inputs/DIGEST/lock
//   digests/…                      digests of files that did not change since

/**
 * Finds or fetches what a run reads: in a file or folder of this machine that holds the same, by digests; else in the cache; else from the
 * store, into the cache. Processes of one machine that want the same input take turns, so that it is fetched once.
 *
 * Requests: none where it is known in the cache; else 1 GET, and where it is fetched 1 and 1 for each 8 MiB more.
 *
 * @param digest that of `offerInput` or `describeInput`
 * @returns its path, whose last part is the input's own name
 * @throws StoreError with the code `missing` where neither this machine nor the store has it, `damaged` where the store has it with other
 *   bytes; FileError where the cache cannot be written. All name the input
 */
export async function takeInput(
  store: ObjectStore,
  digest: string,
  given: TakeInputOptions,
): Promise<string> {
  const options = resolveOptions(takeInputOptions, given, 'takeInput options');
  const { cache, near, signal } = options;
  if (!isSha256(digest)) {
    throw new TypeError(`digest: got ${show(digest)}, takes a SHA-256 of 64 hexadecimal digits`);
  }
  const folder = join(resolve(cache), 'inputs', digest);
  const input = await inputFrom(store, digest, folder);
  for (const path of near) {
    for (const candidate of [path, join(path, input.name)]) {
      if (await holds(candidate, input, { cache, signal })) return called(candidate, input, folder);
    }
  }
  const path = join(folder, 'content', input.name);
  if (await holds(path, input, { cache, signal })) return path;
  await makeFolder(folder, input);
  const lock = join(folder, 'lock');
  return withLock(lock, signal ? { signal } : {}, async (held) => {
    // Another process may have fetched it meanwhile.
    if (!(await holds(path, input, { cache, signal }))) {
      await fetchInput(store, input, folder, { ...options, signal: held });
    }
    return path;
  });
}

/** What the input holds, from the cache or the store. */
async function inputFrom(store: ObjectStore, digest: string, folder: string): Promise<Input> {
  const note = join(folder, 'files.json');
  try {
    return decodeInput(await readWhole(note), digest);
  } catch {
    // Not there, or not whole: the store has it.
  }
  const key = inputKeys(digest).files;
  const content = await store.get(key);
  if (content === undefined) {
    const what = 'no such input was offered to this store';
    throw new StoreError('missing', nameOf(store.place, key), what, { retriable: false });
  }
  let input: Input;
  try {
    input = decodeInput(content, digest);
  } catch (cause) {
    throw damaged(store, key, (cause as Error).message, cause);
  }
  // Where the cache cannot be written, the input may yet be near.
  await writeWhole(note, encodeInput(input)).catch(() => {});
  return input;
}

/** Whether a file or folder is the input, whatever it is called. */
async function holds(path: string, input: Input, options: Reading): Promise<boolean> {
  const { kind, name } = input;
  try {
    const listed = await listInput(path, options.signal);
    // A file's own name is a path of it.
    const renamed =
      kind === 'file' ? listed.files.map((file) => ({ ...file, path: name })) : listed.files;
    const same =
      listed.kind === kind &&
      renamed.length === input.files.length &&
      renamed.every((file, index) => {
        const { path: expected, bytes } = input.files[index]!;
        return file.path === expected && file.stats.size === bytes;
      });
    // Only what looks the same is read.
    if (!same) return false;
    const found = await readListed(resolve(path), { ...listed, files: renamed }, options);
    return inputOf({ ...found, name }).digest === input.digest;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof FileError) return false;
    throw error;
  }
}

/** The path itself, or a link to it by the input's own name, by which a data set may be called. */
async function called(path: string, input: Input, folder: string): Promise<string> {
  const target = resolve(path);
  if (basename(target) === input.name) return target;
  const place = createHash('sha256').update(target).digest('hex').slice(0, 12);
  const link = join(folder, `near-${place}`, input.name);
  try {
    await fs.mkdir(dirname(link), { recursive: true });
    await fs.symlink(target, link, input.kind === 'folder' ? 'junction' : 'file');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw fileSystemError(error, link, `linking ${sayInput(input)}`);
    }
  }
  return link;
}

const FETCHING = 'fetching-';

async function fetchInput(
  store: ObjectStore,
  input: Input,
  folder: string,
  { transfers, onProgress, signal }: Reading & { readonly transfers: number },
): Promise<void> {
  const packs = await packsFrom(store, input);
  const temporary = join(folder, `${FETCHING}${randomUUID().slice(-12)}`);
  const place = join(folder, 'content');
  try {
    // Whoever else was fetching has not the lock, so it is no more.
    for (const name of await fs.readdir(folder)) {
      if (name.startsWith(FETCHING)) await fs.rm(join(folder, name), { recursive: true });
    }
    await fs.mkdir(temporary);
    let loaded = 0;
    const pieces = inOrder(packs, transfers, async ({ sha256, bytes }) => {
      signal?.throwIfAborted();
      const content = await store.get(packKey(sha256));
      if (content === undefined)
        throw damaged(store, packKey(sha256), `is not there, of ${sayInput(input)}`);
      const found = createHash('sha256').update(content).digest('hex');
      if (found !== sha256) {
        throw damaged(store, packKey(sha256), `of ${sayInput(input)} has the digest ${found}`);
      }
      loaded += bytes;
      onProgress?.(loaded, input.bytes);
      return content;
    });
    await unpack(pieces, input, temporary);
    signal?.throwIfAborted();
    // One that was there is not the input any more.
    await fs.rm(place, { recursive: true, force: true });
    await fs.rename(temporary, place);
  } catch (error) {
    await fs.rm(temporary, { recursive: true, force: true }).catch(() => {});
    signal?.throwIfAborted();
    throw fileSystemError(error, place, `fetching ${sayInput(input)} from ${store.place}`);
  }
}

async function packsFrom(store: ObjectStore, input: Input): Promise<readonly Pack[]> {
  const key = inputKeys(input.digest).packs;
  const content = await store.get(key);
  if (content === undefined) {
    const what = `the store has no content of ${sayInput(input)}, nor was a file or folder found on this machine that holds the same`;
    throw new StoreError('missing', nameOf(store.place, key), what, { retriable: false });
  }
  try {
    return decodePacks(content, input.files);
  } catch (cause) {
    throw damaged(store, key, (cause as Error).message, cause);
  }
}

/** What is made of each, in their order, with no more than so many under way at once. */
async function* inOrder<T, U>(
  list: readonly T[],
  most: number,
  work: (item: T) => Promise<U>,
): AsyncGenerator<U> {
  const underWay: Promise<U>[] = [];
  let next = 0;
  try {
    while (next < list.length || underWay.length > 0) {
      while (next < list.length && underWay.length < most) {
        const one = work(list[next++]!);
        // It is looked at in its turn.
        one.catch(() => {});
        underWay.push(one);
      }
      yield await underWay.shift()!;
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}

async function makeFolder(folder: string, input: Input): Promise<void> {
  try {
    await fs.mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileSystemError(error, folder, `making room for ${sayInput(input)}`);
  }
}

function damaged(store: ObjectStore, key: string, what: string, cause?: unknown): StoreError {
  return new StoreError('damaged', nameOf(store.place, key), what, { cause, retriable: false });
}
