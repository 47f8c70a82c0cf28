import type { ImageDataset } from '@mnet/data';

/** The linear congruential generator of tools/oracles/speedrun/speedrun.py. */
export class Numbers {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 32 bits. */
  bits(): number {
    this.#state = (Math.imul(1664525, this.#state) + 1013904223) >>> 0;
    return this.#state;
  }

  /** Between -bound and bound. */
  values(count: number, bound: number): Float32Array {
    return Float32Array.from({ length: count }, () => ((this.bits() / 2 ** 32) * 2 - 1) * bound);
  }
}

/** The images of the golden values: slanted ramps with noise. */
export function goldenImages(numbers: Numbers, length: number): ImageDataset {
  const images = new Uint8Array(length * 32 * 32 * 3);
  for (let i = 0; i < images.length; i++) {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % 32, Math.floor(i / 96) % 32];
    const n = Math.floor(i / 3072);
    const ramp = (x * (7 + 2 * c) + y * (3 + c) + n * 37 + c * 29) % 192;
    images[i] = ramp + Math.floor(numbers.bits() / 2 ** 26);
  }
  return {
    name: 'golden',
    shape: [32, 32, 3],
    classes: Array.from({ length: 10 }, (_, i) => `class ${i}`),
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.247, 0.2435, 0.2616],
    images,
    labels: Int32Array.from({ length }, (_, i) => i % 10),
    length,
  };
}
