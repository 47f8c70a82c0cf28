import { avalanche } from './avalanche.ts';

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
