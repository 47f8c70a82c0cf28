import { resolve } from 'node:path';
import { digest, sha256 as sha256Of } from '@mnet/core/files';
import { type Given, resolve as resolveOptions } from '@mnet/core/options';
import { eachAtOnce } from '../at-once.ts';
import { piecesOf } from '../store/local-file.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { StoreError } from '../store/store-error.ts';
import { readListed } from './describe-input.ts';
import { encodeInput, type Input } from './input.ts';
import { encodePacks, inputKeys, PACK, type Pack, packKey } from './input-store.ts';
import { type Listed, listInput } from './list-input.ts';
import { offerInputOptions } from './options.ts';

/** Settings of {@link offerInput}. */
export interface OfferInputOptions extends Given<typeof offerInputOptions> {}

/**
 * Puts what a run reads into a store, as far as it is not there: 8 MiB of content at a time. Of what was sent before it was killed nothing
 * is sent again.
 *
 * Requests: 2 HEAD where all is there; else 1 HEAD and 1 PUT for each 8 MiB, and 2 PUT.
 *
 * @param path a file or a folder of this machine
 * @returns what it holds; its `digest` is what {@link takeInput} takes
 * @throws FileError or StoreError as {@link describeInput}, and those of the store
 */
export async function offerInput(
  store: ObjectStore,
  path: string,
  given: OfferInputOptions = {},
): Promise<Input> {
  const options = resolveOptions(offerInputOptions, given, 'offerInput options');
  const { cache, content, transfers, onProgress, signal } = options;
  const listed = await listInput(path, signal);
  const input = await readListed(resolve(path), listed, { cache, signal });
  const keys = inputKeys(input.digest);
  if (!(await store.has(keys.files))) await store.put(keys.files, encodeInput(input));
  if (!content || (await store.has(keys.packs))) return input;
  const packs: Pack[] = [];
  let loaded = 0;
  await eachAtOnce(packsOf(input, listed), transfers, async ({ bytes, index }) => {
    signal?.throwIfAborted();
    const sha256 = sha256Of([bytes]);
    const key = packKey(sha256);
    if (!(await store.has(key))) await store.put(key, bytes);
    packs[index] = { sha256, bytes: bytes.length };
    loaded += bytes.length;
    onProgress?.(loaded, input.bytes);
  });
  await store.put(keys.packs, encodePacks(packs));
  return input;
}

/** The content of all files in sequence, cut into packs. @throws StoreError where a file is not what was described */
async function* packsOf(
  { files }: Input,
  listed: Listed,
): AsyncGenerator<{ bytes: Uint8Array; index: number }> {
  let pack = new Uint8Array(PACK);
  let filled = 0;
  let index = 0;
  for (const [at, { sha256, bytes }] of files.entries()) {
    const { file } = listed.files[at]!;
    const hash = digest('sha256');
    // One byte more than there should be tells of a file that grew.
    for await (const piece of piecesOf(file, undefined, bytes + 1)) {
      hash.update(piece);
      for (let from = 0; from < piece.length; ) {
        const part = piece.subarray(from, from + PACK - filled);
        pack.set(part, filled);
        filled += part.length;
        from += part.length;
        if (filled < PACK) continue;
        yield { bytes: pack, index: index++ };
        pack = new Uint8Array(PACK);
        filled = 0;
      }
    }
    if (hash.hex() !== sha256) {
      throw new StoreError('changed', file, 'changed while it was stored', { retriable: true });
    }
  }
  if (filled > 0) yield { bytes: pack.subarray(0, filled), index };
}
