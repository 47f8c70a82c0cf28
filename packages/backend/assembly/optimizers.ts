// Updates of all variables in one launch. The variables stand in a table of 32-byte rows: addresses of p, g and
// two state arrays, count of floats, weight decay (f32), first chunk (i32), spare. Chunk = run of one variable.
import { bytes, float, int, ptr } from './command';
import { loadUpTo, madd, splat, storeUpTo } from './simd';

const ROW: usize = 32;

/** Floats a chunk. */
const RUN: i32 = 16384;

/** The table's row of a chunk: the last whose first chunk is not after it. */
function rowOf(command: usize, chunk: i32): usize {
  const table = ptr(command, 2);
  let low = 0;
  let high = int(command, 3) - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (load<i32>(table + <usize>middle * ROW, 24) <= chunk) low = middle;
    else high = middle - 1;
  }
  return table + <usize>low * ROW;
}

/** Command: 2 table, 3 rows, 4 learning rate, 5 momentum, 6 Nesterov. */
export function sgd(command: usize, chunk: i32): void {
  const row = rowOf(command, chunk);
  const start = (chunk - load<i32>(row, 24)) * RUN;
  const end = min(load<i32>(row, 16), start + RUN);
  const rate = splat(-float(command, 4));
  const momentum = splat(float(command, 5));
  const nesterov = int(command, 6) != 0;
  const p = <usize>load<u32>(row);
  const g = <usize>load<u32>(row, 4);
  const v = <usize>load<u32>(row, 8);
  const decay = splat(load<f32>(row, 20));
  for (let i = start; i < end; i += 4) {
    const left = end - i;
    const o = bytes(i);
    const weight = loadUpTo(p + o, left);
    let step = madd(decay, weight, loadUpTo(g + o, left));
    if (v != 0) {
      const velocity = madd(momentum, loadUpTo(v + o, left), step);
      storeUpTo(v + o, velocity, left);
      step = nesterov ? madd(momentum, velocity, step) : velocity;
    }
    storeUpTo(p + o, madd(rate, step, weight), left);
  }
}

/**
 * Command: 2 table, 3 rows, 4 learning rate, 5 beta1, 6 beta2, 7 epsilon, 8 1/(1 − beta1ᵗ), 9 1/√(1 − beta2ᵗ),
 * 10 decoupled decay.
 */
export function adam(command: usize, chunk: i32): void {
  const row = rowOf(command, chunk);
  const start = (chunk - load<i32>(row, 24)) * RUN;
  const end = min(load<i32>(row, 16), start + RUN);
  const rate = float(command, 4);
  const beta1 = splat(float(command, 5));
  const beta2 = splat(float(command, 6));
  const rest1 = splat(1 - float(command, 5));
  const rest2 = splat(1 - float(command, 6));
  const epsilon = splat(float(command, 7));
  const step = splat(-rate * float(command, 8));
  const correction = splat(float(command, 9));
  const decoupled = int(command, 10) != 0;
  const p = <usize>load<u32>(row);
  const g = <usize>load<u32>(row, 4);
  const m = <usize>load<u32>(row, 8);
  const v = <usize>load<u32>(row, 12);
  const decay = load<f32>(row, 20);
  const inGradient = splat(decoupled ? 0 : decay);
  const keep = splat(decoupled ? 1 - rate * decay : 1);
  for (let i = start; i < end; i += 4) {
    const left = end - i;
    const o = bytes(i);
    const weight = loadUpTo(p + o, left);
    const gradient = madd(inGradient, weight, loadUpTo(g + o, left));
    const first = madd(beta1, loadUpTo(m + o, left), f32x4.mul(rest1, gradient));
    const second = madd(beta2, loadUpTo(v + o, left), f32x4.mul(rest2, f32x4.mul(gradient, gradient)));
    storeUpTo(m + o, first, left);
    storeUpTo(v + o, second, left);
    const size = madd(f32x4.sqrt(second), correction, epsilon);
    storeUpTo(p + o, madd(step, f32x4.div(first, size), f32x4.mul(weight, keep)), left);
  }
}
