import { Random } from './xoshiro.ts';

/**
 * Independent numbers spread evenly within ±bound.
 *
 * @param seed any integer; the same seed gives the same numbers
 */
export function uniformValues(length: number, bound: number, seed: number): Float32Array {
  const next = signedIntegers(Random.ofSeed(seed));
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = (2 * ((next() >>> 8) / 2 ** 24) - 1) * bound;
  return values;
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
  const next = signedIntegers(Random.ofSeed(seed));
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

/** What `next` gives, as signed integers, drawn many at a time. */
function signedIntegers(random: Random): () => number {
  const block = new Uint32Array(256);
  let at = block.length;
  return () => {
    if (at === block.length) {
      random.nextInto(block);
      at = 0;
    }
    return (block[at++] as number) | 0;
  };
}
