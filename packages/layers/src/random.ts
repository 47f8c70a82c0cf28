/**
 * A seed for one named part of a whole, so that parts differ and adding one does not change the others.
 *
 * @param seed any safe integer
 * @param name the part, for example a layer's name
 * @returns an integer in [0, 2³¹)
 */
export function deriveSeed(seed: number, name: string): number {
  // FNV-1a over the seed's eight bytes and the name, then an avalanche so that near seeds part ways.
  let hash = 0x811c9dc5;
  const feed = (byte: number): void => {
    hash = Math.imul(hash ^ byte, 0x01000193);
  };
  const low = seed >>> 0;
  const high = Math.floor(seed / 2 ** 32) >>> 0;
  for (const word of [low, high]) for (let shift = 0; shift < 32; shift += 8) feed(word >>> shift);
  for (let i = 0; i < name.length; i++) {
    feed(name.charCodeAt(i) & 0xff);
    feed(name.charCodeAt(i) >>> 8);
  }
  return avalanche(hash) & 0x7fffffff;
}

/** A seed that differs at every call. */
export function freshSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

/**
 * Uniform numbers in [0, 1) of 24 bits from xoshiro128**, the same on every machine.
 *
 * Source: Blackman and Vigna 2021, "Scrambled Linear Pseudorandom Number Generators",
 * https://arxiv.org/abs/1805.01407
 */
export function uniformGenerator(seed: number): () => number {
  const state = new Int32Array(4);
  for (let i = 0; i < 4; i++) state[i] = avalanche(seed + Math.imul(i + 1, 0x9e3779b9));
  let [a, b, c, d] = state as unknown as [number, number, number, number];
  return () => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return (scrambled >>> 8) / 2 ** 24;
  };
}

/**
 * Independent normal numbers of mean 0, by Box and Muller's transform.
 *
 * @param length how many
 * @param deviation their standard deviation
 * @param seed any integer; the same seed gives the same numbers
 */
export function normalValues(length: number, deviation: number, seed: number): Float32Array {
  const uniform = uniformGenerator(seed);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < length) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** The finalizer of MurmurHash3: each input bit flips about half of the output bits. */
function avalanche(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
