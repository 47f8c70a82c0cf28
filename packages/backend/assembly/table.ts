// The table of variables that one launch goes over. Rows of 48 bytes: addresses of p, of g and of up to three state
// arrays, count of floats, weight decay (f32), factor of the learning rate (f32), first chunk (i32), spare. Words 2 and 3
// of a command are the table's address and its rows. Chunk = run of one variable. Rows are written by src/kernels/table.ts.
import { int, ptr } from './command';

const ROW: usize = 48;

/** Floats a chunk. */
export const RUN: i32 = 16384;

/** The row of a chunk: the last whose first chunk is not after it. */
export function rowOf(command: usize, chunk: i32): usize {
  const table = ptr(command, 2);
  let low = 0;
  let high = int(command, 3) - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (load<i32>(table + <usize>middle * ROW, 32) <= chunk) low = middle;
    else high = middle - 1;
  }
  return table + <usize>low * ROW;
}

/** Array i of a row: p, g, then the states; 0 where there is none. */
// @ts-ignore: decorator
@inline
export function arrayOf(row: usize, i: i32): usize {
  return <usize>load<u32>(row + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline
export function decayOf(row: usize): f32 {
  return load<f32>(row, 24);
}

// @ts-ignore: decorator
@inline
export function rateFactorOf(row: usize): f32 {
  return load<f32>(row, 28);
}

/** The first float of a chunk. */
// @ts-ignore: decorator
@inline
export function startOfRun(row: usize, chunk: i32): i32 {
  return (chunk - load<i32>(row, 32)) * RUN;
}

/** The float after the last of the chunk that begins at `start`. */
// @ts-ignore: decorator
@inline
export function endOfRun(row: usize, start: i32): i32 {
  return min(load<i32>(row, 20), start + RUN);
}
