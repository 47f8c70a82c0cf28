/**
 * Half-precision numbers, widened to float32. Both widenings are exact: every float16 and every bfloat16
 * value is a float32 value, and the payload of a NaN is kept in the leading bits.
 */

/** IEEE 754 binary16 (1 sign, 5 exponent, 10 fraction bits) to float32. */
export function float16ToFloat32(source: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(source.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < source.length; i++) {
    const half = source[i]!;
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) {
      // Zero and subnormals: fraction · 2⁻²⁴, which float32 holds as a normal number.
      values[i] = (half & 0x8000 ? -1 : 1) * fraction * 2 ** -24;
    } else {
      // Biases 15 and 127 differ by 112; infinity and NaN have all exponent bits set in both formats.
      const widened = exponent === 0x1f ? 0xff : exponent + 112;
      bits[i] = ((half & 0x8000) << 16) | (widened << 23) | (fraction << 13);
    }
  }
  return values;
}

/** bfloat16 (the upper half of a float32) to float32. */
export function bfloat16ToFloat32(source: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(source.length);
  for (let i = 0; i < source.length; i++) bits[i] = source[i]! << 16;
  return new Float32Array(bits.buffer);
}
