/**
 * Values that need no file: a tensor's entries follow from its name by an integer hash. The same functions stand in
 * tools/oracles/models/values.py, which made the golden files; both sides have the same bits.
 */

/** `count` numbers in [0, 1), of 24 bits: murmur3's finalizer of FNV-1a(name) + i * 0x9E3779B9. */
export function uniform(name: string, count: number): Float64Array {
  let start = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) start = Math.imul(start ^ byte, 0x01000193);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = (start + Math.imul(i, 0x9e3779b9)) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    x ^= x >>> 16;
    values[i] = (x >>> 8) / 2 ** 24;
  }
  return values;
}

/** A weight, by the end of its name: statistics and scales away from 0 and 1, kernels of He's variance. */
export function weightValues(name: string, shape: readonly number[]): Float32Array {
  const u = uniform(name, product(shape));
  if (name.endsWith('running_var') || (name.endsWith('weight') && shape.length === 1)) {
    return new Float32Array(u.map((x) => x + 0.5));
  }
  if (name.endsWith('weight')) {
    const bound = Math.sqrt(6 / product(shape.slice(1)));
    return new Float32Array(u.map((x) => (2 * x - 1) * bound));
  }
  return new Float32Array(u.map((x) => (x - 0.5) * 0.4));
}

/** Input in [-2, 2). */
export function picture(shape: readonly number[]): Float32Array {
  return new Float32Array(uniform('input', product(shape)).map((x) => (x - 0.5) * 4));
}

/**
 * Euclidean norm, and the scalar products with three vectors of random signs. If a tensor differs by e, a product
 * differs by a random number of root mean square |e|: so the products show a relative error in the Euclidean norm.
 */
export function summary(name: string, values: Float32Array): number[] {
  const norm = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
  const products = [0, 1, 2].map((k) => {
    const signs = uniform(`${name}#${k}`, values.length);
    return values.reduce((sum, v, i) => sum + (signs[i]! < 0.5 ? -v : v), 0);
  });
  return [norm, ...products];
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
