// Comparisons, their conjunction, and selection. A bool is a byte, 0 or 1; 16 of them are four vectors of floats.
import { bytes, int, ptr, startOf } from './command';

/** Elements of a vector of bytes. */
const LANES: i32 = 16;

// The codes are those of src/kernels/booleans.ts.
// @ts-ignore: decorator
@inline
function test4(code: i32, a: v128, b: v128): v128 {
  if (code == 0) return f32x4.lt(a, b);
  if (code == 1) return f32x4.le(a, b);
  if (code == 2) return f32x4.gt(a, b);
  return f32x4.ge(a, b);
}

// @ts-ignore: decorator
@inline
function test1(code: i32, a: f32, b: f32): bool {
  if (code == 0) return a < b;
  if (code == 1) return a <= b;
  if (code == 2) return a > b;
  return a >= b;
}

// @ts-ignore: decorator
@inline
function compareRun(code: i32, command: usize, chunk: i32): void {
  const count = int(command, 5);
  const a = ptr(command, 2);
  const to = ptr(command, 4);
  // b is one number when its step is 0.
  const step: usize = int(command, 6) != 0 ? 0 : 4;
  const b = ptr(command, 3);
  const one = f32x4.splat(load<f32>(b));
  const units = (count + LANES - 1) / LANES;
  const start = startOf(chunk, int(command, 1), units) * LANES;
  const end = min(count, startOf(chunk + 1, int(command, 1), units) * LANES);
  let i = start;
  for (; i + LANES <= end; i += LANES) {
    const x = a + bytes(i);
    const y = b + bytes(i);
    const m0 = test4(code, v128.load(x), step == 0 ? one : v128.load(y));
    const m1 = test4(code, v128.load(x, 16), step == 0 ? one : v128.load(y, 16));
    const m2 = test4(code, v128.load(x, 32), step == 0 ? one : v128.load(y, 32));
    const m3 = test4(code, v128.load(x, 48), step == 0 ? one : v128.load(y, 48));
    const all = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(m0, m1), i16x8.narrow_i32x4_s(m2, m3));
    v128.store(to + <usize>i, v128.and(all, i8x16.splat(1)));
  }
  for (; i < end; i++) {
    store<u8>(to + <usize>i, <u8>test1(code, load<f32>(a + bytes(i)), load<f32>(b + <usize>i * step)));
  }
}

/** Command: 2 a, 3 b, 4 out, 5 elements, 6 whether b is one number, 7 code. */
export function compare(command: usize, chunk: i32): void {
  switch (int(command, 7)) {
    case 0: compareRun(0, command, chunk); break;
    case 1: compareRun(1, command, chunk); break;
    case 2: compareRun(2, command, chunk); break;
    default: compareRun(3, command, chunk);
  }
}

/** Both not 0. Command: 2 a, 3 b, 4 out, 5 elements. */
export function logicalAnd(command: usize, chunk: i32): void {
  const count = int(command, 5);
  const units = (count + LANES - 1) / LANES;
  const end = min(count, startOf(chunk + 1, int(command, 1), units) * LANES);
  let i = startOf(chunk, int(command, 1), units) * LANES;
  const zero = i8x16.splat(0);
  for (; i + LANES <= end; i += LANES) {
    const a = i8x16.ne(v128.load(ptr(command, 2) + <usize>i), zero);
    const b = i8x16.ne(v128.load(ptr(command, 3) + <usize>i), zero);
    v128.store(ptr(command, 4) + <usize>i, v128.and(v128.and(a, b), i8x16.splat(1)));
  }
  for (; i < end; i++) {
    const both = load<u8>(ptr(command, 2) + <usize>i) != 0 && load<u8>(ptr(command, 3) + <usize>i) != 0;
    store<u8>(ptr(command, 4) + <usize>i, <u8>both);
  }
}

/** out = condition ? t : e. Command: 2 condition, 3 t, 4 e, 5 elements, 6 out. */
export function select(command: usize, chunk: i32): void {
  const count = int(command, 5);
  const units = (count + 3) / 4;
  const end = min(count, startOf(chunk + 1, int(command, 1), units) * 4);
  let i = startOf(chunk, int(command, 1), units) * 4;
  for (; i + 4 <= end; i += 4) {
    const flags = i16x8.extend_low_i8x16_u(v128.load32_zero(ptr(command, 2) + <usize>i));
    const mask = i32x4.ne(i32x4.extend_low_i16x8_u(flags), i32x4.splat(0));
    const o = bytes(i);
    v128.store(ptr(command, 6) + o, v128.bitselect(v128.load(ptr(command, 3) + o), v128.load(ptr(command, 4) + o), mask));
  }
  for (; i < end; i++) {
    const from = load<u8>(ptr(command, 2) + <usize>i) != 0 ? ptr(command, 3) : ptr(command, 4);
    store<i32>(ptr(command, 6) + bytes(i), load<i32>(from + bytes(i)));
  }
}
