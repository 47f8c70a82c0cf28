import type { SafetensorsDtype } from './dtype.ts';
import { lengthFieldBytes, parseHeader, readHeaderLength } from './header.ts';

/** A tensor of a safetensors file: row-major, little-endian. */
export interface SafetensorsTensor {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** The tensor's bytes, a view of the file's. */
  readonly bytes: Uint8Array;
}

/** The content of a safetensors file. */
export interface SafetensorsFile {
  /** Path, URL or name of the source, for messages. */
  readonly file: string;
  /** Tensors by name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  /** The strings under `__metadata__`; PyTorch's writer puts `format: 'pt'` there. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads a safetensors file (https://huggingface.co/docs/safetensors). Nothing is copied: the tensors are
 * views of `source`. The whole layout is checked, so a file that is accepted has every byte of its data in
 * exactly one tensor.
 * @param source the file's bytes
 * @param file what messages call the file
 * @throws SafetensorsError on anything that is not a valid file of dtypes F64, F32, F16, BF16, I64, I32, U8, BOOL
 */
export function parseSafetensors(
  source: Uint8Array | ArrayBuffer,
  file = 'safetensors',
): SafetensorsFile {
  if (!(source instanceof Uint8Array) && !(source instanceof ArrayBuffer)) {
    throw new TypeError(
      `source: got ${typeof source}, takes the file's bytes as Uint8Array or ArrayBuffer`,
    );
  }
  const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
  const headerBytes = readHeaderLength(bytes.subarray(0, lengthFieldBytes), bytes.length, file);
  const dataStart = lengthFieldBytes + headerBytes;
  const header = parseHeader(
    bytes.subarray(lengthFieldBytes, dataStart),
    bytes.length - dataStart,
    file,
  );
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, { dtype, shape, begin, end }] of header.entries) {
    tensors.set(name, { dtype, shape, bytes: bytes.subarray(dataStart + begin, dataStart + end) });
  }
  return { file, tensors, metadata: header.metadata };
}
