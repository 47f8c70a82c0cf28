// What all kernels share: a multiply-add that is one instruction where the build has it, and vector loads
// and stores of fewer than four floats at the end of a row.

/** a · b + c. Relaxed SIMD fuses it (one rounding); plain SIMD rounds twice. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** Sum of the four lanes, in a fixed order. */
// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** Loads n floats (1 to 3; the other lanes are 0). */
// @ts-ignore: decorator
@inline
export function loadPart(p: usize, n: i32): v128 {
  let v = v128.load32_zero(p);
  if (n > 1) v = f32x4.replace_lane(v, 1, load<f32>(p, 4));
  if (n > 2) v = f32x4.replace_lane(v, 2, load<f32>(p, 8));
  return v;
}

/** Stores the first n lanes (1 to 3). */
// @ts-ignore: decorator
@inline
export function storePart(p: usize, v: v128, n: i32): void {
  store<f32>(p, f32x4.extract_lane(v, 0));
  if (n > 1) store<f32>(p, f32x4.extract_lane(v, 1), 4);
  if (n > 2) store<f32>(p, f32x4.extract_lane(v, 2), 8);
}

/** Loads min(n, 4) floats. */
// @ts-ignore: decorator
@inline
export function loadUpTo(p: usize, n: i32): v128 {
  return n >= 4 ? v128.load(p) : loadPart(p, n);
}

/** Stores min(n, 4) floats. */
// @ts-ignore: decorator
@inline
export function storeUpTo(p: usize, v: v128, n: i32): void {
  if (n >= 4) v128.store(p, v);
  else storePart(p, v, n);
}
