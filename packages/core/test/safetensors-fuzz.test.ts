import {
  encodeSafetensors,
  parseSafetensors,
  tensorValues,
  SafetensorsError,
} from '@mnet/core/safetensors';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const settings = { seed: 20260518, numRuns: 2000 };
const dtypeBytes = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, U8: 1, BOOL: 1 };

/** Either a SafetensorsError, or a file in which every byte of the data is in exactly one tensor. */
function parsesOrThrows(file: Uint8Array): 'parsed' | 'refused' {
  let content: ReturnType<typeof parseSafetensors>;
  try {
    content = parseSafetensors(file, 'fuzz');
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    return 'refused';
  }
  const dataStart = 8 + new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  let covered = 0;
  const inOrder = [...content.tensors].toSorted(
    ([, a], [, b]) => a.bytes.byteOffset - b.bytes.byteOffset || a.bytes.length - b.bytes.length,
  );
  for (const [name, { bytes, shape, dtype }] of inOrder) {
    expect(bytes.byteOffset - file.byteOffset).toBe(dataStart + covered);
    expect(bytes.length).toBe(shape.reduce((product, n) => product * n, dtypeBytes[dtype]));
    covered += bytes.length;
    try {
      expect(tensorValues(content, name)).toHaveLength(bytes.length / dtypeBytes[dtype]);
    } catch (error) {
      if (!(error instanceof SafetensorsError && dtype === 'BOOL')) throw error;
    }
  }
  expect(dataStart + covered).toBe(file.length);
  return 'parsed';
}

const name = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '',
    'features.0.0.weight',
    '"',
    '\\',
    '\0',
  ),
);
const value = fc.array(fc.nat(4), { maxLength: 4 }).chain((shape) => {
  const size = shape.reduce((product, n) => product * n, 1);
  const of = (bytes: number) => fc.uint8Array({ minLength: size * bytes, maxLength: size * bytes });
  return fc.oneof(
    of(4).map((b) => ({ shape, values: new Float32Array(Uint8Array.from(b).buffer) })),
    of(4).map((b) => ({ shape, values: new Int32Array(Uint8Array.from(b).buffer) })),
    of(8).map((b) => ({ shape, values: new BigInt64Array(Uint8Array.from(b).buffer) })),
    of(1).map((b) => ({ shape, values: Uint8Array.from(b) })),
  );
});
const tensors = fc
  .uniqueArray(fc.tuple(name, value), { maxLength: 5, selector: ([key]) => key })
  .filter((entries) => entries.every(([key]) => key !== '__metadata__'))
  .map((entries) => new Map(entries));
const metadata = fc.uniqueArray(fc.tuple(name, name), { maxLength: 3, selector: ([key]) => key });

describe('safetensors, fuzzed', () => {
  test('what is written is read back, bit for bit', () => {
    fc.assert(
      fc.property(tensors, metadata, (written, strings) => {
        const content = parseSafetensors(encodeSafetensors(written, new Map(strings)));
        expect([...content.metadata]).toEqual(strings);
        expect(content.tensors.size).toBe(written.size);
        for (const [key, { shape, values }] of written) {
          expect(content.tensors.get(key)!.shape).toEqual(shape);
          const read = tensorValues(content, key);
          expect(read.constructor).toBe(values.constructor);
          expect(Buffer.from(read.buffer).equals(Buffer.from(values.buffer))).toBe(true);
        }
      }),
      settings,
    );
  });

  test('changed bytes', () => {
    const seen = { parsed: 0, refused: 0 };
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(tensors, changes, (written, places) => {
        const file = encodeSafetensors(written);
        for (const [place, byte] of places) file[place % file.length] = byte;
        seen[parsesOrThrows(file)]++;
      }),
      settings,
    );
    // Both ends are reached, or the test would show nothing.
    expect(Math.min(seen.parsed, seen.refused)).toBeGreaterThan(100);
  });

  test('cut, lengthened and random files', () => {
    fc.assert(
      fc.property(tensors, fc.nat(), fc.uint8Array({ maxLength: 40 }), (written, at, noise) => {
        const file = encodeSafetensors(written);
        expect(parsesOrThrows(file.slice(0, at % file.length))).toBe('refused');
        expect(parsesOrThrows(Buffer.concat([file, noise]))).toBe(
          noise.length ? 'refused' : 'parsed',
        );
        parsesOrThrows(Uint8Array.from(noise));
      }),
      settings,
    );
  });

  test('headers of the right form with wrong values', () => {
    const seen = { parsed: 0, refused: 0 };
    const number = fc.oneof(
      { weight: 6, arbitrary: fc.nat(4) },
      fc.constantFrom(-1, 0.5, 1e308, 2 ** 53, 2 ** 31, 4294967296, null, true, '1', [], {}),
    );
    const tensorEntry = fc.record(
      {
        dtype: fc.oneof(
          { weight: 4, arbitrary: fc.constantFrom('U8', 'BOOL', 'F16', 'F32', 'I64') },
          fc.constantFrom('F8_E5M2', '__proto__', 'f32', '', null, 32),
        ),
        shape: fc.oneof(
          { weight: 8, arbitrary: fc.array(number, { maxLength: 3 }) },
          fc.constant({}),
        ),
        data_offsets: fc.oneof(
          { weight: 4, arbitrary: fc.tuple(fc.constant(0), fc.nat(8)) },
          fc.array(number, { maxLength: 3 }),
        ),
      },
      { requiredKeys: [] },
    );
    const cases = fc.tuple(fc.dictionary(name, tensorEntry, { maxKeys: 2 }), fc.nat(9));
    fc.assert(
      fc.property(cases, ([header, dataBytes]) => {
        const json = new TextEncoder().encode(JSON.stringify(header));
        const file = new Uint8Array(8 + json.length + dataBytes);
        new DataView(file.buffer).setUint32(0, json.length, true);
        file.set(json, 8);
        seen[parsesOrThrows(file)]++;
      }),
      { ...settings, numRuns: 5000 },
    );
    expect(Math.min(seen.parsed, seen.refused)).toBeGreaterThan(20);
  });
});
