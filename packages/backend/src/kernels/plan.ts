/** Numbers of chunks. All depend on shapes alone, so that sums do not depend on the number of threads. */

/** Bytes a chunk of a memory-bound kernel should touch: far above a launch's cost, within a core's L2. */
const CHUNK_BYTES = 2 ** 18;

/** The most chunks of a memory-bound kernel. */
const MOST = 64;

/** Chunks for a kernel that streams `bytes` and can be cut into `most` pieces. */
export function streamChunks(bytes: number, most: number): number {
  return Math.max(1, Math.min(Math.ceil(bytes / CHUNK_BYTES), most, MOST));
}

/** Least floating point operations of a chunk: about 10 µs, of which a launch costs less than one. */
export const CHUNK_FLOPS = 5e5;

/** Blocks of a product come in multiples of so many, so that threads have the same number of them. */
export const EVEN = 4;

/** Bytes that the operand which a chunk reads again and again may take: half of a small L2. */
export const CACHE_BYTES: number = 2 ** 19;

/** The next multiple of `step` from `value` on. */
export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
