// The register tile that every dense product shares: up to 6 rows by 8 columns.
//
// 6 × 8 float32 are 12 of the 16 vector registers; two hold the row of B, one the broadcast of A, one is V8's own.
// Per step of k that is 12 multiply-adds on 8 loads, so the multiply-add units are the limit, not the loads.
// A is read in place, one broadcast a row; B comes packed in panels of 8 columns (see pack.ts), so that its
// loads are consecutive whatever the matrix's width.
//
// The inner dimension is a list of segments, each a run of consecutive floats in every row of A and of rows in
// the panel. A plain product has one; a convolution has one for each row of its window that lies in the image,
// so that the zeros of the padding are never multiplied.
import { activate, LINEAR, RELU6 } from './activation';
import { loadUpTo, madd, splat, storeUpTo } from './simd';

/** Bytes of a segment: u32 address in A's first row, u32 byte offset in the panel, i32 length. */
export const SEGMENT: usize = 12;

/** Columns of a panel of B. */
export const PANEL: i32 = 8;

/**
 * C[0..rows, 0..columns] = act(Σ A·B + bias), with rows a constant of the call (the compiler drops the rest).
 *
 * @param rowStep bytes from a row of A to the next, the same in every segment
 * @param columns 1 to 8; a narrower tile computes all 8 and stores the first
 * @param bias address of 8 floats (of which `columns` are read), or 0
 * @param accumulate whether to add to what C holds
 */
// @ts-ignore: decorator
@inline
function tile(
  rows: i32,
  segments: usize,
  count: i32,
  rowStep: usize,
  panel: usize,
  c: usize,
  cStep: usize,
  columns: i32,
  bias: usize,
  act: i32,
): void {
  let c00 = splat(0), c01 = splat(0);
  let c10 = splat(0), c11 = splat(0);
  let c20 = splat(0), c21 = splat(0);
  let c30 = splat(0), c31 = splat(0);
  let c40 = splat(0), c41 = splat(0);
  let c50 = splat(0), c51 = splat(0);
  for (let s = 0; s < count; s++, segments += SEGMENT) {
    let a0 = <usize>load<u32>(segments);
    let b = panel + <usize>load<u32>(segments, 4);
    const length = load<i32>(segments, 8);
    let a1 = a0 + rowStep;
    let a2 = a1 + rowStep;
    let a3 = a2 + rowStep;
    let a4 = a3 + rowStep;
    let a5 = a4 + rowStep;
    const end = a0 + (<usize>length << 2);
    // Not unrolled: the compiler would then order the sums one after the other, and spill what they wait for.
    // prettier-ignore
    while (a0 < end) {
      const b0 = v128.load(b, 0), b1 = v128.load(b, 16);
      let a = v128.load32_splat(a0);
      c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
      if (rows > 1) { a = v128.load32_splat(a1); c10 = madd(a, b0, c10); c11 = madd(a, b1, c11); a1 += 4; }
      if (rows > 2) { a = v128.load32_splat(a2); c20 = madd(a, b0, c20); c21 = madd(a, b1, c21); a2 += 4; }
      if (rows > 3) { a = v128.load32_splat(a3); c30 = madd(a, b0, c30); c31 = madd(a, b1, c31); a3 += 4; }
      if (rows > 4) { a = v128.load32_splat(a4); c40 = madd(a, b0, c40); c41 = madd(a, b1, c41); a4 += 4; }
      if (rows > 5) { a = v128.load32_splat(a5); c50 = madd(a, b0, c50); c51 = madd(a, b1, c51); a5 += 4; }
      a0 += 4;
      b += 32;
    }
  }
  let bias0 = splat(0), bias1 = splat(0);
  if (columns == PANEL && act <= RELU6) {
    if (bias == 0 && act == LINEAR) {
      c = whole(c, cStep, c00, c01);
      if (rows > 1) c = whole(c, cStep, c10, c11);
      if (rows > 2) c = whole(c, cStep, c20, c21);
      if (rows > 3) c = whole(c, cStep, c30, c31);
      if (rows > 4) c = whole(c, cStep, c40, c41);
      if (rows > 5) c = whole(c, cStep, c50, c51);
      return;
    }
    // None, ReLU and ReLU6 as one range, so that rows need no branches.
    const low = splat(act == LINEAR ? -Infinity : 0);
    const high = splat(act == RELU6 ? 6 : Infinity);
    if (bias != 0) {
      bias0 = v128.load(bias);
      bias1 = v128.load(bias, 16);
    }
    c = whole(c, cStep, within(c00, bias0, low, high), within(c01, bias1, low, high));
    if (rows > 1) c = whole(c, cStep, within(c10, bias0, low, high), within(c11, bias1, low, high));
    if (rows > 2) c = whole(c, cStep, within(c20, bias0, low, high), within(c21, bias1, low, high));
    if (rows > 3) c = whole(c, cStep, within(c30, bias0, low, high), within(c31, bias1, low, high));
    if (rows > 4) c = whole(c, cStep, within(c40, bias0, low, high), within(c41, bias1, low, high));
    if (rows > 5) c = whole(c, cStep, within(c50, bias0, low, high), within(c51, bias1, low, high));
    return;
  }
  if (bias != 0) {
    bias0 = loadUpTo(bias, columns);
    if (columns > 4) bias1 = loadUpTo(bias + 16, columns - 4);
  }
  emit(c, columns, c00, c01, bias0, bias1, act);
  if (rows > 1) { c += cStep; emit(c, columns, c10, c11, bias0, bias1, act); }
  if (rows > 2) { c += cStep; emit(c, columns, c20, c21, bias0, bias1, act); }
  if (rows > 3) { c += cStep; emit(c, columns, c30, c31, bias0, bias1, act); }
  if (rows > 4) { c += cStep; emit(c, columns, c40, c41, bias0, bias1, act); }
  if (rows > 5) { c += cStep; emit(c, columns, c50, c51, bias0, bias1, act); }
}

/** Stores a whole row of a tile; returns where the next one goes. */
// @ts-ignore: decorator
@inline
export function whole(c: usize, cStep: usize, v0: v128, v1: v128): usize {
  v128.store(c, v0);
  v128.store(c, v1, 16);
  return c + cStep;
}

/** v + bias, brought into a range; NaN stays. */
// @ts-ignore: decorator
@inline
function within(v: v128, bias: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(f32x4.add(v, bias), low), high);
}

/** Stores one row of a tile. */
function emit(c: usize, columns: i32, v0: v128, v1: v128, bias0: v128, bias1: v128, act: i32): void {
  v0 = activate(f32x4.add(v0, bias0), act);
  v1 = activate(f32x4.add(v1, bias1), act);
  storeUpTo(c, v0, columns);
  if (columns > 4) storeUpTo(c + 16, v1, columns - 4);
}

// prettier-ignore
function tile6(s: usize, n: i32, step: usize, b: usize, c: usize, cs: usize, w: i32, bias: usize, act: i32): void {
  tile(6, s, n, step, b, c, cs, w, bias, act);
}
// prettier-ignore
function tile4(s: usize, n: i32, step: usize, b: usize, c: usize, cs: usize, w: i32, bias: usize, act: i32): void {
  tile(4, s, n, step, b, c, cs, w, bias, act);
}
// prettier-ignore
function tile2(s: usize, n: i32, step: usize, b: usize, c: usize, cs: usize, w: i32, bias: usize, act: i32): void {
  tile(2, s, n, step, b, c, cs, w, bias, act);
}
/** One row: four steps of k have sums of their own, since a chain of additions would wait for each. */
// prettier-ignore
function tile1(s: usize, n: i32, step: usize, panel: usize, c: usize, cs: usize, w: i32, bias: usize, act: i32): void {
  let p0 = splat(0), q0 = splat(0), p1 = splat(0), q1 = splat(0);
  let p2 = splat(0), q2 = splat(0), p3 = splat(0), q3 = splat(0);
  for (let i = 0; i < n; i++, s += SEGMENT) {
    let a = <usize>load<u32>(s);
    let b = panel + <usize>load<u32>(s, 4);
    const length = load<i32>(s, 8);
    const end = a + (<usize>length << 2);
    const end4 = a + (<usize>(length & ~3) << 2);
    for (; a < end4; a += 16, b += 128) {
      let v = v128.load32_splat(a, 0);
      p0 = madd(v, v128.load(b, 0), p0); q0 = madd(v, v128.load(b, 16), q0);
      v = v128.load32_splat(a, 4);
      p1 = madd(v, v128.load(b, 32), p1); q1 = madd(v, v128.load(b, 48), q1);
      v = v128.load32_splat(a, 8);
      p2 = madd(v, v128.load(b, 64), p2); q2 = madd(v, v128.load(b, 80), q2);
      v = v128.load32_splat(a, 12);
      p3 = madd(v, v128.load(b, 96), p3); q3 = madd(v, v128.load(b, 112), q3);
    }
    for (; a < end; a += 4, b += 32) {
      const v = v128.load32_splat(a);
      p0 = madd(v, v128.load(b, 0), p0); q0 = madd(v, v128.load(b, 16), q0);
    }
  }
  let bias0 = splat(0), bias1 = splat(0);
  if (bias != 0) {
    bias0 = loadUpTo(bias, w);
    if (w > 4) bias1 = loadUpTo(bias + 16, w - 4);
  }
  p0 = f32x4.add(f32x4.add(p0, p1), f32x4.add(p2, p3));
  q0 = f32x4.add(f32x4.add(q0, q1), f32x4.add(q2, q3));
  emit(c, w, p0, q0, bias0, bias1, act);
}

/** Any number of rows as tiles of 6, 4, 2 and 1; the segments' addresses are moved along (and not back). */
export function column(
  rows: i32,
  segments: usize,
  count: i32,
  rowStep: usize,
  panel: usize,
  c: usize,
  cStep: usize,
  columns: i32,
  bias: usize,
  act: i32,
): void {
  while (rows > 0) {
    let taken = 1;
    if (rows >= 6) {
      taken = 6;
      tile6(segments, count, rowStep, panel, c, cStep, columns, bias, act);
    } else if (rows >= 4) {
      taken = 4;
      tile4(segments, count, rowStep, panel, c, cStep, columns, bias, act);
    } else if (rows >= 2) {
      taken = 2;
      tile2(segments, count, rowStep, panel, c, cStep, columns, bias, act);
    } else {
      tile1(segments, count, rowStep, panel, c, cStep, columns, bias, act);
    }
    rows -= taken;
    if (rows == 0) return;
    const moved = rowStep * <usize>taken;
    for (let s = 0; s < count; s++) {
      const at = segments + <usize>s * SEGMENT;
      store<u32>(at, load<u32>(at) + <u32>moved);
    }
    c += cStep * <usize>taken;
  }
}
