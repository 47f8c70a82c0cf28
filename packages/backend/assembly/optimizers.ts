// Updates of all variables in one launch, over the table of table.ts. Word 4 is the address of a number that multiplies
// every gradient, or 0; word 5 the learning rate.
import { bytes, float, int, ptr } from './command';
import { loadUpTo, madd, splat, storeUpTo } from './simd';
import { arrayOf, decayOf, endOfRun, rateFactorOf, rowOf, startOfRun } from './table';

/** What gradients are multiplied by. */
// @ts-ignore: decorator
@inline
function scaleOf(command: usize): v128 {
  const at = ptr(command, 4);
  return splat(at == 0 ? 1 : load<f32>(at));
}

/** Command: 2 … 5 as above, 6 momentum, 7 Nesterov. States: velocity. */
export function sgd(command: usize, chunk: i32): void {
  const row = rowOf(command, chunk);
  const start = startOfRun(row, chunk);
  const end = endOfRun(row, start);
  const scale = scaleOf(command);
  const rate = splat(-float(command, 5) * rateFactorOf(row));
  const momentum = splat(float(command, 6));
  const nesterov = int(command, 7) != 0;
  const p = arrayOf(row, 0);
  const g = arrayOf(row, 1);
  const v = arrayOf(row, 2);
  const decay = splat(decayOf(row));
  for (let i = start; i < end; i += 4) {
    const left = end - i;
    const o = bytes(i);
    const weight = loadUpTo(p + o, left);
    let step = madd(decay, weight, f32x4.mul(loadUpTo(g + o, left), scale));
    if (v != 0) {
      const velocity = madd(momentum, loadUpTo(v + o, left), step);
      storeUpTo(v + o, velocity, left);
      step = nesterov ? madd(momentum, velocity, step) : velocity;
    }
    storeUpTo(p + o, madd(rate, step, weight), left);
  }
}

/**
 * Command: 2 … 5 as above, 6 beta1, 7 beta2, 8 epsilon, 9 1/(1 − beta1ᵗ), 10 1/√(1 − beta2ᵗ), 11 decoupled decay.
 * States: first moment, second moment.
 */
export function adam(command: usize, chunk: i32): void {
  const row = rowOf(command, chunk);
  const start = startOfRun(row, chunk);
  const end = endOfRun(row, start);
  const scale = scaleOf(command);
  const rate = float(command, 5) * rateFactorOf(row);
  const beta1 = splat(float(command, 6));
  const beta2 = splat(float(command, 7));
  const rest1 = splat(1 - float(command, 6));
  const rest2 = splat(1 - float(command, 7));
  const epsilon = splat(float(command, 8));
  const step = splat(-rate * float(command, 9));
  const correction = splat(float(command, 10));
  const decoupled = int(command, 11) != 0;
  const p = arrayOf(row, 0);
  const g = arrayOf(row, 1);
  const m = arrayOf(row, 2);
  const v = arrayOf(row, 3);
  const decay = decayOf(row);
  const inGradient = splat(decoupled ? 0 : decay);
  const keep = splat(decoupled ? 1 - rate * decay : 1);
  for (let i = start; i < end; i += 4) {
    const left = end - i;
    const o = bytes(i);
    const weight = loadUpTo(p + o, left);
    const gradient = madd(inGradient, weight, f32x4.mul(loadUpTo(g + o, left), scale));
    const first = madd(beta1, loadUpTo(m + o, left), f32x4.mul(rest1, gradient));
    const second = madd(beta2, loadUpTo(v + o, left), f32x4.mul(rest2, f32x4.mul(gradient, gradient)));
    storeUpTo(m + o, first, left);
    storeUpTo(v + o, second, left);
    const size = madd(f32x4.sqrt(second), correction, epsilon);
    storeUpTo(p + o, madd(step, f32x4.div(first, size), f32x4.mul(weight, keep)), left);
  }
}

/** Command: 2 … 5 as above, 6 alpha, 7 epsilon, 8 momentum. States: squares, velocity or 0, means or 0. */
export function rmsprop(command: usize, chunk: i32): void {
  const row = rowOf(command, chunk);
  const start = startOfRun(row, chunk);
  const end = endOfRun(row, start);
  const scale = scaleOf(command);
  const rate = splat(-float(command, 5) * rateFactorOf(row));
  const alpha = splat(float(command, 6));
  const rest = splat(1 - float(command, 6));
  const epsilon = splat(float(command, 7));
  const momentum = splat(float(command, 8));
  const p = arrayOf(row, 0);
  const g = arrayOf(row, 1);
  const s = arrayOf(row, 2);
  const v = arrayOf(row, 3);
  const a = arrayOf(row, 4);
  const decay = splat(decayOf(row));
  for (let i = start; i < end; i += 4) {
    const left = end - i;
    const o = bytes(i);
    const weight = loadUpTo(p + o, left);
    const gradient = madd(decay, weight, f32x4.mul(loadUpTo(g + o, left), scale));
    const squares = madd(alpha, loadUpTo(s + o, left), f32x4.mul(rest, f32x4.mul(gradient, gradient)));
    storeUpTo(s + o, squares, left);
    let spread = squares;
    if (a != 0) {
      const mean = madd(alpha, loadUpTo(a + o, left), f32x4.mul(rest, gradient));
      storeUpTo(a + o, mean, left);
      // Rounding may leave less than nothing.
      spread = f32x4.max(f32x4.sub(squares, f32x4.mul(mean, mean)), splat(0));
    }
    let step = f32x4.div(gradient, f32x4.add(f32x4.sqrt(spread), epsilon));
    if (v != 0) {
      step = madd(momentum, loadUpTo(v + o, left), step);
      storeUpTo(v + o, step, left);
    }
    storeUpTo(p + o, madd(rate, step, weight), left);
  }
}

/**
 * p ← keep·p + take·g, each product rounded, as two launches would round them. Command: 2 table, 3 rows, 4 keep, 5 take.
 * With keep 0, p is not read.
 */
export function blend(command: usize, chunk: i32): void {
  const row = rowOf(command, chunk);
  const start = startOfRun(row, chunk);
  const end = endOfRun(row, start);
  const fresh = float(command, 4) == 0;
  const keep = splat(float(command, 4));
  const take = splat(float(command, 5));
  const p = arrayOf(row, 0);
  const g = arrayOf(row, 1);
  for (let i = start; i < end; i += 4) {
    const left = end - i;
    const o = bytes(i);
    const taken = f32x4.mul(loadUpTo(g + o, left), take);
    const mixed = fresh ? taken : f32x4.add(f32x4.mul(loadUpTo(p + o, left), keep), taken);
    storeUpTo(p + o, mixed, left);
  }
}
