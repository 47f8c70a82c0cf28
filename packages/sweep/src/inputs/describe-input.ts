import { resolve } from 'node:path';
import { digestOfFile } from '@mnet/core/files';
import { type Given, resolve as resolveOptions } from '@mnet/core/options';
import { eachAtOnce } from '../at-once.ts';
import type { FileEntry } from '../store/file-list.ts';
import { StoreError } from '../store/store-error.ts';
import { digestCache } from './digest-cache.ts';
import { type Input, inputOf } from './input.ts';
import { type Listed, listInput } from './list-input.ts';
import { describeInputOptions } from './options.ts';

/** Settings of {@link describeInput}. */
export interface DescribeInputOptions extends Given<typeof describeInputOptions> {}

/** Files that are read at once. */
const AT_ONCE = 8;

/**
 * What a file or folder holds, by digests: a folder of pictures, CIFAR's files, a saved model, a run. Links are followed; what is hidden,
 * left behind by a desktop or being written is left out.
 *
 * @param path a file or a folder of this machine
 * @throws FileError that names what is not there, cannot be read, or has a name that not every system can have; StoreError with the
 *   code `changed` where a file changed while it was read
 */
export async function describeInput(
  path: string,
  given: DescribeInputOptions = {},
): Promise<Input> {
  const { cache, onProgress, signal } = resolveOptions(
    describeInputOptions,
    given,
    'describeInput options',
  );
  const listed = await listInput(path, signal);
  return readListed(resolve(path), listed, { cache, onProgress, signal });
}

/** How files are read. */
export interface Reading {
  readonly cache?: string | undefined;
  readonly onProgress?: ((loaded: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads what was listed. @param root the file or folder */
export async function readListed(
  root: string,
  listed: Listed,
  { cache, onProgress, signal }: Reading,
): Promise<Input> {
  const digests = await digestCache(root, cache);
  const total = listed.files.reduce((sum, { stats }) => sum + stats.size, 0);
  const entries: FileEntry[] = [];
  let loaded = 0;
  const indexed = listed.files.map((file, index) => ({ ...file, index }));
  try {
    await eachAtOnce(indexed, AT_ONCE, async ({ path, file, stats, index }) => {
      signal?.throwIfAborted();
      let sha256 = digests.find(path, stats);
      if (sha256 === undefined) {
        const begun = Date.now();
        const read = await digestOfFile('sha256', file, { signal });
        if (read.bytes !== stats.size) {
          const what = 'changed while it was read';
          throw new StoreError('changed', file, what, { retriable: true });
        }
        sha256 = read.hex;
        digests.note(path, stats, sha256, begun);
      }
      entries[index] = { path, bytes: stats.size, sha256 };
      loaded += stats.size;
      onProgress?.(loaded, total);
    });
  } finally {
    // Also where it was stopped: what was read need not be read again.
    await digests.flush();
  }
  return inputOf({ kind: listed.kind, name: listed.name, files: entries, empty: listed.empty });
}
