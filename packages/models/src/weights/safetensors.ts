import { bfloat16ToFloat32, float16ToFloat32 } from './half-precision.ts';
import {
  lengthFieldBytes,
  maxHeaderBytes,
  parseHeader,
  readHeaderLength,
  type SafetensorsDtype,
} from './safetensors-header.ts';
import { quote, WeightsError } from './weights-error.ts';

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

/** The arrays that tensors are read to and written from; the dtype follows from the type. */
export type SafetensorsArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint8Array;

/** A tensor to be written. */
export interface SafetensorsValue {
  readonly shape: readonly number[];
  readonly values: SafetensorsArray;
}

/**
 * Reads a safetensors file (https://huggingface.co/docs/safetensors). Nothing is copied: the tensors are
 * views of `source`. The whole layout is checked, so a file that is accepted has every byte of its data in
 * exactly one tensor.
 * @param source the file's bytes
 * @param file what messages call the file
 * @throws WeightsError on anything that is not a valid file of dtypes F64, F32, F16, BF16, I64, I32, U8, BOOL
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

/**
 * A tensor's values, copied out of the file. F32, F16, BF16 and F64 come as Float32Array (exactly, but for
 * F64, which is rounded to nearest), I32 as Int32Array, I64 as BigInt64Array, U8 and BOOL as Uint8Array.
 * @param content a parsed file
 * @param name the tensor's name
 * @throws WeightsError where the file has no such tensor, or a BOOL holds something else than 0 or 1
 */
export function tensorValues(
  content: SafetensorsFile,
  name: string,
): Float32Array | Int32Array | BigInt64Array | Uint8Array {
  const tensor = content.tensors.get(name);
  const place = { file: content.file, tensor: name };
  if (!tensor) throw new WeightsError('is not in the file', place);
  // A copy, for views want an aligned start, which the format does not promise.
  const bytes = Uint8Array.from(tensor.bytes);
  const { buffer } = bytes;
  switch (tensor.dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F16':
      return float16ToFloat32(new Uint16Array(buffer));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(buffer));
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'I32':
      return new Int32Array(buffer);
    case 'I64':
      return new BigInt64Array(buffer);
    case 'BOOL': {
      const wrong = bytes.find((value) => value > 1);
      if (wrong !== undefined) throw new WeightsError(`BOOL holds ${wrong}, takes 0 or 1`, place);
      return bytes;
    }
    default:
      return bytes;
  }
}

/**
 * Writes tensors as a safetensors file. Wider elements come first, so that every tensor is aligned to its
 * element, and the header is padded so that the data starts at a multiple of 8; otherwise the order is kept.
 * The same input gives the same bytes.
 * @param tensors values by name; the dtype follows from the array: F32, F64, I32, I64 or U8
 * @param metadata strings to put under `__metadata__`
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsValue>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  const ordered = [...tensors].toSorted(
    ([, a], [, b]) => b.values.BYTES_PER_ELEMENT - a.values.BYTES_PER_ELEMENT,
  );
  // Text pieces rather than an object: a tensor named __proto__ would be lost in one.
  const pieces: string[] = [];
  if (metadata.size > 0) {
    const strings = [...metadata].map(
      ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
    );
    pieces.push(`"__metadata__":{${strings.join(',')}}`);
  }
  let offset = 0;
  for (const [name, { shape, values }] of ordered) {
    if (name === '__metadata__' || /\p{Surrogate}/u.test(name)) {
      throw new RangeError(`tensors: the name ${quote(name)} is reserved or not valid Unicode`);
    }
    const size = shape.reduce((product, length) => product * length, 1);
    if (
      size !== values.length ||
      shape.some((length) => !Number.isSafeInteger(length) || length < 0)
    ) {
      throw new RangeError(
        `tensors: ${quote(name)} has ${values.length} values, its shape [${shape.join(', ')}] takes ${size}`,
      );
    }
    const end = offset + values.byteLength;
    pieces.push(
      `${JSON.stringify(name)}:{"dtype":"${dtypeOf(values)}","shape":[${shape.join(',')}],"data_offsets":[${offset},${end}]}`,
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
  const dataStart = lengthFieldBytes + headerBytes;
  const bytes = new Uint8Array(dataStart + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, lengthFieldBytes, dataStart);
  bytes.set(json, lengthFieldBytes);
  let at = dataStart;
  for (const [, { values }] of ordered) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
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
