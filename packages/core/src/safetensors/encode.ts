import { show } from '../check/check.ts';
import { type SafetensorsDtype, tensorBytes } from './dtype.ts';
import { quote } from './error.ts';
import { maxRank } from './header-reader.ts';
import { lengthFieldBytes, maxHeaderBytes } from './header.ts';

/** The arrays that tensors are read to and written from; the dtype follows from the type. */
export type SafetensorsArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint8Array;

/** A file's bytes: `Uint8Array<ArrayBuffer>`, which TypeScript before 5.7 calls `Uint8Array`. */
export type SafetensorsBytes = ReturnType<Uint8ArrayConstructor['of']>;

/** A tensor to be written. */
export interface SafetensorsValue {
  readonly shape: readonly number[];
  readonly values: SafetensorsArray;
}

/**
 * Writes tensors as a safetensors file.
 *
 * @param tensors values by name; the dtype follows from the array: F32, F64, I32, I64 or U8
 * @param metadata strings to put under `__metadata__`
 * @returns the file's bytes; the same input gives the same ones
 * @throws RangeError or TypeError for a name, a shape or values that cannot be written, naming the tensor, and for metadata
 *   that are no strings of valid Unicode
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsValue>,
  metadata: ReadonlyMap<string, string> = new Map(),
): SafetensorsBytes {
  const parts = safetensorsParts(tensors, metadata);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * The parts of the file that {@link encodeSafetensors} gives, in their order: length and header, then each tensor's bytes,
 * which are views and not copies.
 *
 * Wider elements come first, so that every tensor is aligned to its
 * element, and the header is padded so that the data starts at a multiple of 8; otherwise the order is kept.
 * The same input gives the same bytes.
 * @param tensors values by name; the dtype follows from the array: F32, F64, I32, I64 or U8
 * @param metadata strings to put under `__metadata__`
 */
export function safetensorsParts(
  tensors: ReadonlyMap<string, SafetensorsValue>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array[] {
  const ordered = [...tensors].toSorted(
    ([, a], [, b]) => b.values.BYTES_PER_ELEMENT - a.values.BYTES_PER_ELEMENT,
  );
  // Text pieces rather than an object: a tensor named __proto__ would be lost in one.
  const pieces: string[] = [];
  if (metadata.size > 0) pieces.push(metadataPiece(metadata));
  let offset = 0;
  for (const [name, { shape, values }] of ordered) {
    const dtype = dtypeOf(values);
    checkName(name);
    checkShape(name, dtype, shape, values);
    const end = offset + values.byteLength;
    pieces.push(
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(',')}],"data_offsets":[${offset},${end}]}`,
    );
    offset = end;
  }
  const json = new TextEncoder().encode(`{${pieces.join(',')}}`);
  const headerBytes = Math.ceil(json.length / 8) * 8;
  if (headerBytes > maxHeaderBytes) {
    throw new RangeError(
      `tensors: the header takes ${headerBytes} bytes, the limit is ${maxHeaderBytes}`,
    );
  }
  const head = new Uint8Array(lengthFieldBytes + headerBytes).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(headerBytes), true);
  head.set(json, lengthFieldBytes);
  const data = ordered.map(
    ([, { values }]) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  );
  return [head, ...data];
}

function metadataPiece(metadata: ReadonlyMap<string, string>): string {
  const strings = [...metadata].map(([key, value]) => {
    for (const each of [key, value]) {
      if (isText(each)) continue;
      throw new TypeError(
        `metadata: got ${shown(each)} in the entry ${shown(key)}, takes strings of valid Unicode`,
      );
    }
    return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  });
  return `"__metadata__":{${strings.join(',')}}`;
}

function checkName(name: string): void {
  if (isText(name) && name !== '__metadata__') return;
  throw new RangeError(`tensors: the name ${shown(name)} is reserved or not valid Unicode`);
}

function checkShape(
  name: string,
  dtype: SafetensorsDtype,
  shape: readonly number[],
  values: SafetensorsArray,
): void {
  if (!Array.isArray(shape) || shape.length > maxRank) {
    throw new RangeError(
      `tensors: ${quote(name)} has the shape ${show(shape)}, takes up to ${maxRank} numbers`,
    );
  }
  const bytes = tensorBytes(dtype, shape);
  if (
    bytes !== values.byteLength ||
    shape.some((length) => !Number.isSafeInteger(length) || length < 0)
  ) {
    const takes = bytes === undefined ? 'too many' : bytes / values.BYTES_PER_ELEMENT;
    throw new RangeError(
      `tensors: ${quote(name)} has ${values.length} values, its shape [${shape.join(', ')}] takes ${takes}`,
    );
  }
}

/** Whether a file can hold it: half of a surrogate pair is no text. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && !/\p{Surrogate}/u.test(value);
}

/** As it is quoted in an error, half of a surrogate pair escaped. */
function shown(value: unknown): string {
  return typeof value === 'string' ? quote(value) : show(value);
}

function dtypeOf(values: SafetensorsArray): SafetensorsDtype {
  if (values instanceof Float32Array) return 'F32';
  if (values instanceof Float64Array) return 'F64';
  if (values instanceof Int32Array) return 'I32';
  if (values instanceof BigInt64Array) return 'I64';
  if (values instanceof Uint8Array) return 'U8';
  const got = (values as object | undefined)?.constructor?.name ?? typeof values;
  throw new TypeError(
    `tensors: got values of type ${got}, takes Float32Array, Float64Array, Int32Array, BigInt64Array or Uint8Array`,
  );
}
