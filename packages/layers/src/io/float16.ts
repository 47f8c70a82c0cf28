/**
 * float32 to IEEE 754 binary16 (1 sign, 5 exponent, 10 fraction bits), to the nearest, ties to even. From 65520 on, values
 * become infinite; NaN stays NaN.
 */
export function float32ToFloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  values.forEach((value, i) => {
    float[0] = value;
    const sign = (bits[0]! >>> 16) & 0x8000;
    halves[i] = sign | magnitude(Math.abs(value), bits[0]! & 0x7fffffff);
  });
  return halves;
}

/** The 15 bits after the sign, of a value from 0 and its float32 bits. */
function magnitude(value: number, bits: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  if (value >= 65520) return 0x7c00;
  // Subnormal: a multiple of 2⁻²⁴.
  if (value < 2 ** -14) return roundToEven(value * 2 ** 24);
  // Biases 127 and 15 differ by 112; a carry out of the fraction raises the exponent, as it shall.
  return ((bits + 0xfff + ((bits >>> 13) & 1)) >>> 13) - (112 << 10);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
