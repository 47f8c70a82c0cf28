import { parseSafetensors, tensorValues } from '@mnet/core/safetensors';
import { describe, expect, test } from 'vitest';

const all = Uint16Array.from({ length: 65536 }, (_, i) => i);

/** IEEE 754-2019, section 3.4: the value of an encoding, in double precision. */
function valueOf(code: number, exponentBits: number, fractionBits: number): number {
  const sign = code >> (exponentBits + fractionBits) ? -1 : 1;
  const exponent = (code >> fractionBits) % 2 ** exponentBits;
  const fraction = (code % 2 ** fractionBits) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction ? Number.NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}

/** The codes as they come out of a file of that dtype. */
function read(dtype: 'F16' | 'BF16', codes: Uint16Array): Float32Array {
  const header = { w: { dtype, shape: [codes.length], data_offsets: [0, codes.byteLength] } };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = new BigUint64Array([BigInt(json.length)]);
  const file = Buffer.concat([length, json, codes].map((part) => Buffer.from(part.buffer)));
  return tensorValues(parseSafetensors(file), 'w') as Float32Array;
}

describe.each([
  ['F16', 5, 10],
  ['BF16', 8, 7],
] as const)('%s to float32', (dtype, exponentBits, fractionBits) => {
  test('is exact for all 65,536 encodings', () => {
    const values = read(dtype, all);
    const wrong = [...all].filter(
      (code) => !Object.is(values[code], valueOf(code, exponentBits, fractionBits)),
    );
    expect(wrong).toEqual([]);
  });
});

test('the sign and payload of a float16 NaN are kept', () => {
  const values = Float32Array.from(read('F16', Uint16Array.of(0x7e01, 0xfe00)));
  expect([...new Uint32Array(values.buffer)]).toEqual([0x7fc02000, 0xffc00000]);
});
