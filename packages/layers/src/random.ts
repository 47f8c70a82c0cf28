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
 * Random 32-bit integers from xoshiro128**, the same on every machine.
 *
 * Source: Blackman and Vigna 2021, "Scrambled Linear Pseudorandom Number Generators",
 * https://arxiv.org/abs/1805.01407
 */
function integerGenerator(seed: number): () => number {
  let a = avalanche(seed + 0x9e3779b9);
  let b = avalanche(seed + 2 * 0x9e3779b9);
  let c = avalanche(seed + 3 * 0x9e3779b9);
  let d = avalanche(seed + 4 * 0x9e3779b9);
  return () => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return scrambled;
  };
}

/** Uniform numbers in [0, 1) of 24 bits. */
export function uniformGenerator(seed: number): () => number {
  const next = integerGenerator(seed);
  return () => (next() >>> 8) / 2 ** 24;
}

/**
 * Independent numbers spread evenly within ±bound.
 *
 * @param seed any integer; the same seed gives the same numbers
 */
export function uniformValues(length: number, bound: number, seed: number): Float32Array {
  const uniform = uniformGenerator(seed);
  return Float32Array.from({ length }, () => (2 * uniform() - 1) * bound);
}

const layers = 128;
/** Where the lowest layer of the ziggurat ends and the tail begins, for 128 layers. */
const tail = 3.442619855899;
/** Area of each layer, the lowest one with the tail. */
const area = 9.91256303526217e-3;

const density = (x: number): number => Math.exp(-0.5 * x * x);

/** Half widths of the layers from the lowest up; the first is the lowest one's, widened by the tail's area. */
const edges: Float64Array = /* @__PURE__ */ (() => {
  const x = new Float64Array(layers + 1);
  x[0] = area / density(tail);
  x[1] = tail;
  for (let i = 1; i < layers - 1; i++) {
    const edge = x[i] as number;
    x[i + 1] = Math.sqrt(-2 * Math.log(area / edge + density(edge)));
  }
  return x;
})();

/**
 * Independent normal numbers of mean 0, by the ziggurat method: the bell is cut into layers of equal area, and a point
 * of a layer nearly always lies below the bell, which a comparison tells.
 *
 * Source: Marsaglia and Tsang 2000, "The Ziggurat Method for Generating Random Variables",
 * https://doi.org/10.18637/jss.v005.i08; layer and place are drawn from different bits, as Doornik 2005 advises.
 *
 * @param length how many
 * @param deviation their standard deviation
 * @param seed any integer; the same seed gives the same numbers
 */
export function normalValues(length: number, deviation: number, seed: number): Float32Array {
  const next = integerGenerator(seed);
  const uniform = (): number => ((next() >>> 8) + 1) / 2 ** 24;
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    for (;;) {
      const bits = next();
      const layer = bits & (layers - 1);
      const x = ((bits >> 7) / 2 ** 24) * (edges[layer] as number);
      const inner = edges[layer + 1] as number;
      if (Math.abs(x) < inner || belowBell(x, layer, inner, uniform)) {
        values[i] = x * deviation;
        break;
      }
      if (layer === 0) {
        values[i] = Math.sign(bits) * tailValue(uniform) * deviation;
        break;
      }
    }
  }
  return values;
}

/** Whether a point drawn evenly from the layer's rim is below the bell; the lowest layer's rim is the tail. */
function belowBell(x: number, layer: number, inner: number, uniform: () => number): boolean {
  if (layer === 0) return false;
  const low = density(edges[layer] as number);
  return low + uniform() * (density(inner) - low) < density(x);
}

/** A normal number beyond the tail's start. */
function tailValue(uniform: () => number): number {
  for (;;) {
    const x = -Math.log(uniform()) / tail;
    if (-2 * Math.log(uniform()) > x * x) return tail + x;
  }
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
