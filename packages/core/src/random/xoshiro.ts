import { integerIn } from '../check/check.ts';
import { avalanche } from './avalanche.ts';

/** 2³² divided by the golden ratio: its multiples lie far apart. */
const GOLDEN = 0x9e3779b9;

/**
 * Seeded random numbers that are the same on every machine.
 *
 * The generator is xoshiro128** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number
 * Generators", ACM TOMS 2021): 128 bits of state, 32 bits a draw, period 2^128 - 1.
 * A key of several integers, such as `(seed, epoch, index)`, picks the state, so that each
 * image has its own stream and can be replayed alone.
 */
export class Random {
  private readonly state: Uint32Array = new Uint32Array(4);

  /** @param key integers that name the stream; another key is another, unrelated stream. */
  constructor(...key: readonly number[]) {
    const state = this.state;
    for (let lane = 0; lane < 4; lane++) {
      // Each lane absorbs every word of the key from its own start, so that lanes stay unrelated.
      let h = avalanche(GOLDEN * (lane + 1));
      for (const k of key) {
        h = avalanche(h ^ (k >>> 0));
        h = avalanche((h + 0x85ebca6b) ^ (Math.floor(k / 0x1_0000_0000) >>> 0));
      }
      state[lane] = h;
    }
    // The one state that xoshiro cannot leave.
    if ((state[0]! | state[1]! | state[2]! | state[3]!) === 0) state[0] = 1;
  }

  /** The one stream of a single seed; unrelated to that of `new Random(seed)`. Starting weights come from it. */
  static ofSeed(seed: number): Random {
    const random = new Random();
    for (let lane = 0; lane < 4; lane++) random.state[lane] = avalanche(seed + GOLDEN * (lane + 1));
    return random;
  }

  /** A generator in exactly this state of four 32-bit words, not all zero. */
  static fromState(words: readonly [number, number, number, number]): Random {
    const random = new Random();
    random.state.set(words);
    return random;
  }

  /** A uniform integer in [0, 2^32). */
  next(): number {
    const s = this.state;
    const s0 = s[0]!;
    const s1 = s[1]!;
    const s2 = s[2]! ^ s0;
    const s3 = s[3]! ^ s1;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    s[0] = s0 ^ s3;
    s[1] = s1 ^ s2;
    s[2] = s2 ^ (s1 << 9);
    s[3] = rotateLeft(s3, 11);
    return result;
  }

  /** Fills `out` with what as many calls of {@link next} would give, several times faster. */
  nextInto(out: Uint32Array): Uint32Array {
    const s = this.state;
    let s0 = s[0]! | 0;
    let s1 = s[1]! | 0;
    let s2 = s[2]! | 0;
    let s3 = s[3]! | 0;
    for (let i = 0; i < out.length; i++) {
      out[i] = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9);
      const shifted = s1 << 9;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= shifted;
      s3 = rotateLeft(s3, 11);
    }
    s[0] = s0;
    s[1] = s1;
    s[2] = s2;
    s[3] = s3;
    return out;
  }

  /**
   * A uniform integer in [0, n), without modulo bias; n is in 1..2^32.
   *
   * @throws RangeError for any other n
   */
  below(n: number): number {
    integerIn(n, 1, 0x1_0000_0000, 'n');
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % n);
    let value = this.next();
    while (value >= limit) value = this.next();
    return value % n;
  }

  /**
   * Fills `out` with uniform integers in [0, n), without bias, several times faster than {@link below}, whose numbers are
   * others; n is in 1..2^21, up to which the products are exact. Each is the high word of a random word times n; one whose
   * low word is less than 2^32 mod n is drawn again.
   *
   * Source: Lemire 2019, "Fast Random Integer Generation in an Interval", https://arxiv.org/abs/1805.10941
   *
   * @throws RangeError for any other n
   */
  belowInto(n: number, out: Uint32Array): Uint32Array {
    integerIn(n, 1, 2 ** 21, 'n');
    const refused = 0x1_0000_0000 % n;
    for (let filled = 0; filled < out.length; ) {
      const words = this.nextInto(out.subarray(filled));
      for (let i = 0; i < words.length; i++) {
        const product = words[i]! * n;
        const high = Math.floor(product / 0x1_0000_0000);
        // Never behind what is read.
        if (product - high * 0x1_0000_0000 >= refused) out[filled++] = high;
      }
    }
    return out;
  }

  /** A uniform number in [0, 1), of 24 bits. */
  uniform(): number {
    return (this.next() >>> 8) / 0x100_0000;
  }

  /** A uniform number in [min, max). */
  between(min: number, max: number): number {
    return min + (max - min) * this.uniform();
  }

  /** Puts `values` in a uniformly random order, in place (Fisher and Yates; Durstenfeld 1964). */
  shuffle(values: Int32Array): Int32Array {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = values[i]!;
      values[i] = values[j]!;
      values[j] = kept;
    }
    return values;
  }
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
