import { sha256 } from '@mnet/core/files';

/**
 * The safetensors layout, float32 only, for checkpoints: 8 bytes header length (little-endian), a JSON header
 * `{name: {dtype, shape, data_offsets}}`, the data. Python's `safetensors.torch.load_file` opens such a file.
 *
 * Source: https://huggingface.co/docs/safetensors (section "Format")
 */

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
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: { digest: BLANK, ...metadata } };
  const data: Uint8Array[] = [];
  for (const [name, { shape, values }] of tensors) {
    const end = offset + values.byteLength;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    data.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces after the JSON bring the data to a multiple of 8 bytes.
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  const digest = new TextEncoder().encode(sha256([length, padded, ...data]));
  padded.set(digest, new TextDecoder().decode(padded).indexOf(BLANK));
  return [length, padded, ...data];
}

/** Throws unless the bytes are those that {@link encodeTensors} gave, by the digest in their metadata. */
export function checkDigest(bytes: Uint8Array, digest: string | undefined, file: string): void {
  // The header is the file's beginning, and the digest the first of its entries.
  const header = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const at = /^[0-9a-f]{64}$/.test(digest ?? '') ? header.indexOf(digest as string) : -1;
  const parts = [bytes.subarray(0, at), BLANK, bytes.subarray(at + BLANK.length)];
  if (at < 0 || sha256(parts) !== digest) {
    throw new Error(
      `${file}: damaged, its content does not have the digest that it was written with; restore it from a copy, or write overwrite: true`,
    );
  }
}

/**
 * Reads what {@link encodeTensors} wrote.
 *
 * @throws if the file was cut off or altered, naming it.
 */
export function decodeTensors(bytes: Uint8Array, file: string): TensorFile {
  const bad = (why: string, cause?: unknown): Error =>
    new Error(`${file}: not a whole checkpoint (${why}); remove it or write overwrite: true`, {
      cause,
    });
  if (bytes.length < 8) throw bad(`${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getBigUint64(0, true);
  if (headerLength > BigInt(bytes.length - 8)) throw bad('its header is cut off');
  const dataStart = 8 + Number(headerLength);
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, dataStart)));
  } catch (error) {
    throw bad('its header is not JSON', error);
  }
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = new Map<string, StoredTensor>();
  let offset = 0;
  for (const [name, entry] of Object.entries(entries)) {
    const {
      dtype,
      shape,
      data_offsets: range,
    } = entry as {
      dtype: unknown;
      shape: number[];
      data_offsets: [number, number];
    };
    const size = Array.isArray(shape) ? shape.reduce((n, d) => n * d, 4) : Number.NaN;
    if (dtype !== 'F32' || range?.[0] !== offset || range[1] !== offset + size) {
      throw bad(`its entry '${name}' does not fit`);
    }
    if (dataStart + range[1] > bytes.length) throw bad(`its tensor '${name}' is cut off`);
    // A copy, as the data need not be aligned to 4 bytes within the file. (A Buffer's own slice() is a view.)
    const copy = new Uint8Array(bytes.subarray(dataStart + offset, dataStart + range[1]));
    const values = new Float32Array(copy.buffer);
    tensors.set(name, { shape, values });
    offset = range[1];
  }
  if (dataStart + offset !== bytes.length) throw bad('it is longer than its header says');
  return { tensors, metadata: metadata as Record<string, string> };
}
