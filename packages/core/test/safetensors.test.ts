import { readFileSync } from 'node:fs';
import {
  encodeSafetensors,
  parseSafetensors,
  tensorValues,
  SafetensorsError,
} from '@mnet/core/safetensors';
import { describe, expect, test } from 'vitest';

/** A file from a header's text and data, with nothing checked. */
function fileOf(header: string, data: number | Uint8Array = 0, length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(header);
  const body = typeof data === 'number' ? new Uint8Array(data) : data;
  const file = new Uint8Array(8 + json.length + body.length);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  file.set(json, 8);
  file.set(body, 8 + json.length);
  return file;
}

/** A header's text with one tensor named `w`. */
const entry = (dtype: string, shape: string, offsets: string) =>
  `{"w":{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}}`;

/** One entry of a header. */
const one = (name: string, dtype: string, shape: string, begin: number, end: number) =>
  `"${name}":{"data_offsets":[${begin},${end}],"shape":${shape},"dtype":"${dtype}"}`;

/** A header with two tensors of four bytes. */
const two = (first: string, second: string, names = ['a', 'b']) =>
  `{"${names[0]}":{"dtype":"U8","shape":[4],"data_offsets":${first}},` +
  `"${names[1]}":{"dtype":"U8","shape":[4],"data_offsets":${second}}}`;

describe('parseSafetensors', () => {
  test('reads every dtype that it takes, at any alignment', () => {
    const data = new Uint8Array(1 + 4 + 8 + 8 + 4 + 2 + 2 + 2);
    const view = new DataView(data.buffer);
    view.setUint8(0, 200);
    view.setFloat32(1, 1.5, true);
    view.setFloat64(5, 0.1, true);
    view.setBigInt64(13, -(2n ** 62n), true);
    view.setInt32(21, -7, true);
    view.setUint16(25, 0xc000, true); // -2
    view.setUint16(27, 0x3fc0, true); // 1.5
    view.setUint8(29, 1);
    const header = [
      '"__metadata__":{"format":"pt","empty":""}',
      one('u8', 'U8', '[1]', 0, 1),
      one('f32', 'F32', '[1,1]', 1, 5),
      one('f64', 'F64', '[]', 5, 13),
      one('i64', 'I64', '[]', 13, 21),
      one('i32', 'I32', '[]', 21, 25),
      one('f16', 'F16', '[1]', 25, 27),
      one('bf16', 'BF16', '[1]', 27, 29),
      one('bool', 'BOOL', '[2]', 29, 31),
      one('none', 'F32', '[0,3]', 31, 31),
    ];
    const content = parseSafetensors(fileOf(`{${header.join(', \n')}}   `, data), 'all');
    const read = [...content.tensors.keys()].map((name) => [name, tensorValues(content, name)]);
    expect(Object.fromEntries(read)).toEqual({
      u8: Uint8Array.of(200),
      f32: Float32Array.of(1.5),
      f64: Float32Array.of(0.1),
      i64: BigInt64Array.of(-(2n ** 62n)),
      i32: Int32Array.of(-7),
      f16: Float32Array.of(-2),
      bf16: Float32Array.of(1.5),
      bool: Uint8Array.of(1, 0),
      none: Float32Array.of(),
    });
    expect(content.tensors.get('f32')!.shape).toEqual([1, 1]);
    expect([...content.metadata]).toEqual([
      ['format', 'pt'],
      ['empty', ''],
    ]);
  });

  test('takes __proto__ and constructor for names like any other', () => {
    const values = Float32Array.of(1, 2);
    const written = encodeSafetensors(
      new Map([
        ['__proto__', { shape: [2], values }],
        ['constructor', { shape: [1, 2], values }],
      ]),
      new Map([['__proto__', 'polluted']]),
    );
    const content = parseSafetensors(written);
    expect([...content.tensors.keys()]).toEqual(['__proto__', 'constructor']);
    expect(tensorValues(content, '__proto__')).toEqual(values);
    expect([...content.metadata]).toEqual([['__proto__', 'polluted']]);
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined();
  });

  const f32 = '"F32"';
  test.each<[what: string, file: Uint8Array, message: string | RegExp]>([
    ['an empty file', new Uint8Array(0), /0 bytes, the length of the header alone takes 8/],
    [
      'a header longer than the file',
      fileOf('{}', 0, 3n),
      "header's length says 3 bytes, 2 are left",
    ],
    ['a header over the limit', fileOf('{}', 0, 100_000_001n), 'the limit is 100000000'],
    ['a negative header length', fileOf('{}', 0, -2n), "header's length says 18446744073709551614"],
    ['a zip of torch.save', Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 9), /torch\.save; convert it/],
    ['a header of no bytes', fileOf(''), "the header ends, where '{' should be"],
    ['a header that is not UTF-8', fileOf('{}', Uint8Array.of(0xff), 3n), 'not UTF-8'],
    ['a byte order mark', fileOf('\ufeff{}'), "where '{' should be"],
    ['white space first', fileOf(' {}'), "where '{' should be"],
    ['an array', fileOf('[]'), "where '{' should be"],
    ['text after the header', fileOf('{} x'), '"x" stands at character 3 of the header, after its'],
    ['an unfinished header', fileOf('{"w":'), "the header ends, where '{' should be"],
    ['a comma too many', fileOf('{"__metadata__":{},}'), 'where a name should be a string'],
    ['a bad escape', fileOf('{"\\x":1}'), 'a name is not a valid JSON string'],
    ['an unfinished string', fileOf('{"w'), 'a name is not a valid JSON string'],
    ['half a surrogate pair', fileOf('{"\\ud800":1}'), 'half of a surrogate pair'],
    [
      'metadata that is no string',
      fileOf('{"__metadata__":{"a":1}}'),
      '__metadata__ "a" should be',
    ],
    [
      'metadata twice',
      fileOf('{"__metadata__":{},"__metadata__":{}}'),
      '__metadata__ stands twice',
    ],
    ['a metadata key twice', fileOf('{"__metadata__":{"a":"","a":""}}'), '"a" stands twice'],
    ['an array for a tensor', fileOf('{"w":[]}'), 'tensor "w": "[" stands'],
    ['deep nesting', fileOf(`{"w":${'['.repeat(1_000_000)}`), 'tensor "w": "["'],
    [
      'an unknown dtype',
      fileOf(entry('"F8_E4M3"', '[1]', '[0,1]'), 1),
      'dtype "F8_E4M3" is not read',
    ],
    [
      'an inherited dtype',
      fileOf(entry('"toString"', '[1]', '[0,1]'), 1),
      'dtype "toString" is not',
    ],
    [
      'a dtype that is no string',
      fileOf(entry('5', '[1]', '[0,4]'), 4),
      'dtype should be a string',
    ],
    ['a negative size', fileOf(entry(f32, '[-1]', '[0,4]'), 4), 'shape holds "-1"'],
    ['a fractional size', fileOf(entry(f32, '[1.0]', '[0,4]'), 4), 'shape holds "1.0"'],
    ['an exponent', fileOf(entry(f32, '[1e0]', '[0,4]'), 4), 'shape holds "1e0"'],
    ['NaN', fileOf(entry(f32, '[NaN]', '[0,4]'), 4), 'shape holds "NaN"'],
    ['a size of text', fileOf(entry(f32, '["1"]', '[0,4]'), 4), 'shape holds "\\"1\\""'],
    ['a leading zero', fileOf(entry(f32, '[01]', '[0,4]'), 4), 'shape holds "01"'],
    [
      'a size over 2^53',
      fileOf(entry(f32, '[9007199254740992]', '[0,4]'), 4),
      'takes whole numbers',
    ],
    [
      'a product over 2^53',
      fileOf(entry(f32, '[4294967296,4294967296,0]', '[0,0]')),
      'is too large',
    ],
    ['a rank over 8', fileOf(entry(f32, '[1,1,1,1,1,1,1,1,1]', '[0,4]'), 4), 'more than 8 numbers'],
    ['a size that is not its data', fileOf(entry(f32, '[2]', '[0,4]'), 4), 'takes 8 bytes'],
    ['negative offsets', fileOf(entry(f32, '[1]', '[-4,0]'), 4), 'data_offsets holds "-4"'],
    ['reversed offsets', fileOf(entry(f32, '[1]', '[4,0]'), 4), '[4, 0], takes [begin, end]'],
    ['one offset', fileOf(entry(f32, '[1]', '[4]'), 4), '[4], takes [begin, end]'],
    ['three offsets', fileOf(entry(f32, '[1]', '[0,4,8]'), 4), 'more than 2 numbers'],
    ['a missing shape', fileOf('{"w":{"dtype":"F32","data_offsets":[0,4]}}', 4), 'has no shape'],
    ['a missing dtype', fileOf('{"w":{}}'), 'has no dtype'],
    ['missing offsets', fileOf('{"w":{"dtype":"F32","shape":[]}}'), 'has no data_offsets'],
    ['an unknown key', fileOf('{"w":{"__proto__":{}}}'), '"__proto__" is unknown'],
    ['a key twice', fileOf('{"w":{"shape":[],"shape":[]}}'), '"shape" stands twice'],
    [
      'truncated data',
      fileOf(entry(f32, '[2]', '[0,8]'), 5),
      'ends at byte 8 of the data, which has 5',
    ],
    [
      'data too long',
      fileOf(entry(f32, '[1]', '[0,4]'), 5),
      'the tensors take 4 bytes, the data has 5',
    ],
    [
      'a hole at the start',
      fileOf(entry(f32, '[1]', '[4,8]'), 8),
      'bytes 0 to 4 belong to no tensor',
    ],
  ])('refuses %s', (_, file, message) => {
    expect(() => parseSafetensors(file, 'x.safetensors')).toThrow(SafetensorsError);
    expect(() => parseSafetensors(file, 'x.safetensors')).toThrow(message);
    expect(() => parseSafetensors(file, 'x.safetensors')).toThrow(/^x\.safetensors: /);
  });

  test.each([
    ['overlapping tensors', two('[0,4]', '[2,6]'), 'tensor "b": starts at byte 2 and overlaps "a"'],
    ['a shared place', two('[0,4]', '[0,4]'), 'overlaps'],
    ['a hole', two('[0,4]', '[5,9]'), 'tensor "b": starts at byte 5: bytes 4 to 5 belong to no'],
    ['a name twice', two('[0,4]', '[4,8]', ['a', 'a']), 'tensor "a": the name stands twice'],
    [
      'a name twice, once escaped',
      two('[0,4]', '[4,8]', ['a', '\\u0061']),
      'the name stands twice',
    ],
  ])('refuses %s', (_, header, message) => {
    expect(() => parseSafetensors(fileOf(header, 9), 'x')).toThrow(message);
  });

  test('the error carries file and tensor, and a name cannot smuggle control characters out', () => {
    const name = `\\u001b[2J${'n'.repeat(500)}`;
    const file = fileOf(`{"${name}":{}}`);
    let caught: unknown;
    try {
      parseSafetensors(file, 'x.safetensors');
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(SafetensorsError);
    const error = caught as SafetensorsError;
    expect(error).toMatchObject({ code: 'format', path: 'x.safetensors' });
    expect(error.tensor).toHaveLength(504);
    expect(error.message).not.toContain('\u001b');
    expect(error.message.length).toBeLessThan(200);
  });

  test('a BOOL of 2 and an absent name are named', () => {
    const content = parseSafetensors(
      fileOf(entry('"BOOL"', '[1]', '[0,1]'), Uint8Array.of(2)),
      'x',
    );
    expect(() => tensorValues(content, 'w')).toThrow('x: tensor "w": BOOL holds 2, takes 0 or 1');
    expect(() => tensorValues(content, 'v')).toThrow('x: tensor "v": is not in the file');
  });

  test('refuses what is not bytes', () => {
    expect(() => parseSafetensors('x.safetensors' as never)).toThrow(/^source: got string, takes/);
  });
});

test('reads a file of PyTorch with every dtype', () => {
  // Written by tools/oracles/models/make_dtypes.py.
  const path = new URL('./golden/dtypes.safetensors', import.meta.url);
  const content = parseSafetensors(readFileSync(path), 'dtypes.safetensors');
  const read = Array.from(content.tensors.keys(), (name) => [name, tensorValues(content, name)]);
  expect(Object.fromEntries(read)).toEqual({
    bf16: Float32Array.of(1.5, -2, 2 ** 127, 2 ** -133),
    bool: Uint8Array.of(1, 0, 1),
    f16: Float32Array.of(1.5, -2, 65504, 2 ** -24),
    f32: Float32Array.of(0.1, -0, Infinity, 2 ** -149),
    f64: Float32Array.of(0.1, 1e-60),
    i32: Int32Array.of(-(2 ** 31), 7),
    i64: BigInt64Array.of(-(2n ** 63n)),
    u8: Uint8Array.of(0, 255),
  });
  expect(content.tensors.get('f32')!.shape).toEqual([2, 2]);
  expect(content.tensors.get('i64')!.shape).toEqual([]);
  expect([...content.metadata]).toEqual([['format', 'pt']]);
});

describe('encodeSafetensors', () => {
  test('aligns every tensor to its element and the data to 8 bytes', () => {
    const written = encodeSafetensors(
      new Map([
        ['u8', { shape: [3], values: Uint8Array.of(1, 2, 3) }],
        ['f32', { shape: [], values: Float32Array.of(4) }],
        ['i64', { shape: [1], values: BigInt64Array.of(5n) }],
      ]),
    );
    const { tensors } = parseSafetensors(written);
    expect([...tensors.keys()]).toEqual(['i64', 'f32', 'u8']);
    for (const { bytes } of tensors.values())
      expect(bytes.byteOffset % (bytes.length === 3 ? 1 : bytes.length)).toBe(0);
  });

  test.each<[string, number[], unknown, string]>([
    ['w', [3], Float32Array.of(1, 2), '"w" has 2 values, its shape [3] takes 3'],
    ['w', [-1, -2], Float32Array.of(1, 2), '"w" has 2 values'],
    ['__metadata__', [1], Float32Array.of(1), 'reserved'],
    ['\ud800', [1], Float32Array.of(1), 'not valid Unicode'],
    ['w', [1], Int8Array.of(1), 'got values of type Int8Array'],
    ['w', [1.5, 2], Float32Array.of(1, 2, 3), '"w" has 3 values'],
    ['w', Array<number>(9).fill(1), Float32Array.of(1), 'the shape an array of 9, takes up to 8'],
    ['w', undefined as never, Float32Array.of(1), 'the shape undefined, takes up to 8 numbers'],
    ['w', [2 ** 52, 2 ** 52, 0], Float32Array.of(), '"w" has 0 values, its shape'],
    [7 as never, [1], Float32Array.of(1), 'the name 7 is reserved or not valid'],
  ])('refuses the tensor %j of shape %j', (name, shape, values, message) => {
    const tensors = new Map([[name, { shape, values: values as Float32Array }]]);
    expect(() => encodeSafetensors(tensors)).toThrow(message);
  });

  test.each<[unknown, unknown, string]>([
    ['epoch', 3, 'metadata: got 3 in the entry "epoch", takes strings of valid Unicode'],
    ['note', '\ud800', 'metadata: got "\\ud800" in the entry "note", takes strings'],
    ['\udc00', 'x', 'metadata: got "\\udc00" in the entry "\\udc00", takes strings'],
  ])('refuses the metadata %j: %j', (key, value, message) => {
    const tensors = new Map([['w', { shape: [1], values: Float32Array.of(1) }]]);
    const metadata = new Map([[key as string, value as string]]);
    expect(() => encodeSafetensors(tensors, metadata)).toThrow(message);
  });

  test('a shape of the highest rank is read again', () => {
    const shape = Array<number>(8).fill(1);
    const written = encodeSafetensors(new Map([['w', { shape, values: Float32Array.of(1) }]]));
    expect(parseSafetensors(written).tensors.get('w')!.shape).toEqual(shape);
  });
});
