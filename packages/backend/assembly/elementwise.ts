// Pointwise operations on float32. Chunk = run of elements, or of rows where a row of one operand is repeated.
import { activate } from './activation';
import { bytes, float, int, ptr, startOf } from './command';
import { loadUpTo, splat, storeUpTo } from './simd';

// The codes are those of src/kernels/elementwise.ts.
// @ts-ignore: decorator
@inline
function apply2(code: i32, a: v128, b: v128): v128 {
  if (code == 0) return f32x4.add(a, b);
  if (code == 1) return f32x4.sub(a, b);
  if (code == 2) return f32x4.mul(a, b);
  if (code == 3) return f32x4.div(a, b);
  if (code == 4) return f32x4.max(a, b);
  if (code == 5) return f32x4.min(a, b);
  const d = f32x4.sub(a, b);
  return f32x4.mul(d, d);
}

// @ts-ignore: decorator
@inline
function apply1(code: i32, a: v128, p: f32, q: f32): v128 {
  if (code == 0) return f32x4.neg(a);
  if (code == 1) return f32x4.abs(a);
  if (code == 2) return f32x4.sqrt(a);
  if (code == 3) return f32x4.div(splat(1), f32x4.sqrt(a));
  if (code == 4) return f32x4.mul(a, a);
  if (code == 5) return f32x4.div(splat(1), a);
  if (code == 6) return activate(a, 1);
  if (code == 7) return activate(a, 2);
  if (code == 8) return f32x4.pmin(f32x4.pmax(a, splat(p)), splat(q));
  // step: 1 above 0, p at 0 and below, NaN stays.
  const step = v128.bitselect(splat(1), splat(p), f32x4.gt(a, splat(0)));
  return v128.bitselect(step, a, f32x4.eq(a, a));
}

// @ts-ignore: decorator
@inline
function binaryRun(code: i32, command: usize, chunk: i32): void {
  const count = int(command, 5);
  const inner = int(command, 6);
  const mode = int(command, 7);
  const a = ptr(command, 2);
  const b = ptr(command, 3);
  const to = ptr(command, 4);
  const chunks = int(command, 1);
  if (mode == 0 || mode == 1 || mode == 2) {
    // Same shape, or one operand a single number.
    const quads = (count + 3) >> 2;
    const start = startOf(chunk, chunks, quads) << 2;
    const end = min(count, startOf(chunk + 1, chunks, quads) << 2);
    const all = start + ((end - start) & ~3);
    const one = mode == 1 ? splat(load<f32>(b)) : mode == 2 ? splat(load<f32>(a)) : splat(0);
    let o = bytes(start);
    const stop = bytes(all);
    if (mode == 0) for (; o < stop; o += 16) v128.store(to + o, apply2(code, v128.load(a + o), v128.load(b + o)));
    else if (mode == 1) for (; o < stop; o += 16) v128.store(to + o, apply2(code, v128.load(a + o), one));
    else for (; o < stop; o += 16) v128.store(to + o, apply2(code, one, v128.load(b + o)));
    const left = end - all;
    if (left > 0) {
      const u = mode == 2 ? one : loadUpTo(a + o, left);
      const v = mode == 1 ? one : loadUpTo(b + o, left);
      storeUpTo(to + o, apply2(code, u, v), left);
    }
    return;
  }
  // One operand is a row of `inner` numbers that repeats (3: b, 4: a).
  const rows = count / inner;
  const end = startOf(chunk + 1, chunks, rows);
  for (let r = startOf(chunk, chunks, rows); r < end; r++) {
    const base = bytes(r * inner);
    const u = mode == 4 ? a : a + base;
    const v = mode == 3 ? b : b + base;
    let i = 0;
    for (; i + 4 <= inner; i += 4) {
      v128.store(to + base + bytes(i), apply2(code, v128.load(u + bytes(i)), v128.load(v + bytes(i))));
    }
    const left = inner - i;
    if (left > 0) {
      storeUpTo(to + base + bytes(i), apply2(code, loadUpTo(u + bytes(i), left), loadUpTo(v + bytes(i), left)), left);
    }
  }
}

/**
 * Command: 2 a, 3 b, 4 out, 5 elements of out, 6 elements of a repeated row, 7 mode (0: same shape; 1: b is one
 * number; 2: a is; 3: b is a row; 4: a is a row), 8 code.
 */
export function binary(command: usize, chunk: i32): void {
  switch (int(command, 8)) {
    case 0: binaryRun(0, command, chunk); break;
    case 1: binaryRun(1, command, chunk); break;
    case 2: binaryRun(2, command, chunk); break;
    case 3: binaryRun(3, command, chunk); break;
    case 4: binaryRun(4, command, chunk); break;
    case 5: binaryRun(5, command, chunk); break;
    default: binaryRun(6, command, chunk);
  }
}

// @ts-ignore: decorator
@inline
function unaryRun(code: i32, command: usize, chunk: i32): void {
  const count = int(command, 4);
  const p = float(command, 6);
  const q = float(command, 7);
  const quads = (count + 3) >> 2;
  const start = startOf(chunk, int(command, 1), quads) << 2;
  const end = min(count, startOf(chunk + 1, int(command, 1), quads) << 2);
  const x = ptr(command, 2);
  const to = ptr(command, 3);
  let i = start;
  for (; i + 4 <= end; i += 4) v128.store(to + bytes(i), apply1(code, v128.load(x + bytes(i)), p, q));
  if (i < end) storeUpTo(to + bytes(i), apply1(code, loadUpTo(x + bytes(i), end - i), p, q), end - i);
}

/** Command: 2 x, 3 out, 4 elements, 5 code, 6/7 parameters. */
export function unary(command: usize, chunk: i32): void {
  switch (int(command, 5)) {
    case 0: unaryRun(0, command, chunk); break;
    case 1: unaryRun(1, command, chunk); break;
    case 2: unaryRun(2, command, chunk); break;
    case 3: unaryRun(3, command, chunk); break;
    case 4: unaryRun(4, command, chunk); break;
    case 5: unaryRun(5, command, chunk); break;
    case 6: unaryRun(6, command, chunk); break;
    case 7: unaryRun(7, command, chunk); break;
    case 8: unaryRun(8, command, chunk); break;
    default: unaryRun(9, command, chunk);
  }
}

/** Fills with a word. Command: 2 out, 3 words, 4 the word. */
export function fill(command: usize, chunk: i32): void {
  const count = int(command, 3);
  const word = int(command, 4);
  const start = startOf(chunk, int(command, 1), count);
  const end = startOf(chunk + 1, int(command, 1), count);
  const to = ptr(command, 2);
  if (word == 0) {
    memory.fill(to + bytes(start), 0, bytes(end - start));
    return;
  }
  for (let i = start; i < end; i++) store<i32>(to + bytes(i), word);
}

/** Writes words that the command itself holds. Command: 2 out, 3 words, 4 … the words. One chunk. */
export function put(command: usize, chunk: i32): void {
  memory.copy(ptr(command, 2), command + 16, bytes(int(command, 3)));
}

/** Multiplies in place. Command: 2 x, 3 elements, 4 factor. One chunk. */
export function scale(command: usize, chunk: i32): void {
  const x = ptr(command, 2);
  const count = int(command, 3);
  const factor = splat(float(command, 4));
  for (let i = 0; i < count; i += 4) {
    storeUpTo(x + bytes(i), f32x4.mul(loadUpTo(x + bytes(i), count - i), factor), count - i);
  }
}

/** Repeats a row of floats. Command: 2 row, 3 out, 4 floats of the row, 5 times. Chunk = run of repetitions. */
export function repeatRow(command: usize, chunk: i32): void {
  const row = ptr(command, 2);
  const size = bytes(int(command, 4));
  const end = startOf(chunk + 1, int(command, 1), int(command, 5));
  for (let i = startOf(chunk, int(command, 1), int(command, 5)); i < end; i++) {
    memory.copy(ptr(command, 3) + <usize>i * size, row, size);
  }
}
