import { sha256 } from '@mnet/core/files';
import {
  parseSafetensors,
  SafetensorsError,
  safetensorsParts,
  tensorValues,
} from '@mnet/core/safetensors';

import { CheckpointError } from './checkpoint-error.ts';

// A checkpoint's tensors with a digest of the whole file: safetensors, float32 only, so that Python's
// `safetensors.torch.load_file` opens it too.

/** A tensor of a checkpoint. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What a checkpoint holds. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Stands for the digest while it is computed. */
const BLANK = '0'.repeat(64);

/**
 * The parts of the file, in their order; the tensors' bytes are views, not copies. The metadata get a `digest`: the
 * SHA-256 of the whole file with zeros in its place.
 */
export function encodeTensors({ tensors, metadata }: TensorFile): Uint8Array[] {
  const entries = Object.entries({ digest: BLANK, ...metadata });
  const parts = safetensorsParts(tensors, new Map(entries));
  const head = parts[0] as Uint8Array;
  const digest = new TextEncoder().encode(sha256(parts));
  // One character a byte, so that places in the text are those in the file.
  head.set(digest, new TextDecoder('latin1').decode(head).indexOf(BLANK));
  return parts;
}

/** Throws unless the bytes are those that {@link encodeTensors} gave, by the digest in their metadata. */
export function checkDigest(bytes: Uint8Array, digest: string | undefined, file: string): void {
  // The header is the file's beginning, and the digest the first of its entries.
  const header = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const at = /^[0-9a-f]{64}$/.test(digest ?? '') ? header.indexOf(digest as string) : -1;
  const parts = [bytes.subarray(0, at), BLANK, bytes.subarray(at + BLANK.length)];
  if (at < 0 || sha256(parts) !== digest) {
    const what = 'damaged, its content does not have the digest that it was written with';
    throw new CheckpointError(file, what);
  }
}

/**
 * Reads what {@link encodeTensors} wrote.
 *
 * @throws if the file was cut off or altered, naming it.
 */
export function decodeTensors(bytes: Uint8Array, file: string): TensorFile {
  try {
    const content = parseSafetensors(bytes, file);
    const tensors = new Map<string, StoredTensor>();
    for (const [name, { shape }] of content.tensors) {
      const values = tensorValues(content, name);
      if (!(values instanceof Float32Array)) {
        throw new SafetensorsError('is not of float32', file, name);
      }
      tensors.set(name, { shape, values });
    }
    return { tensors, metadata: Object.fromEntries(content.metadata) };
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    throw new CheckpointError(file, `not a whole checkpoint (${error.what})`, { cause: error });
  }
}
