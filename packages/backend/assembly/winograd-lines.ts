// The one-dimensional transforms of Winograd's minimal filtering for a filter of three taps (Winograd 1980; for
// convolutions Lavin & Gray 2016, arXiv:1509.09308): y = Aᵀ[(G·g) ⊙ (Bᵀ·d)], and their transposes for the gradients.
// The two-dimensional transform is the same along columns and then along rows.
//
// SIX: F(4, 3), four outputs from six inputs by six products, at the points 0, ±3/4, ±3/2, ∞. The usual points
// 0, ±1, ±2 err four times as much in float32 (7e-6 of the largest output against 1.6e-6; the direct sum 8e-7).
// THREE: both outputs of an axis of two pixels with a zero on either side, by three products instead of four.
import { madd, splat } from './simd';

/** Products an axis: the kind of a transform. */
export const SIX: i32 = 6;
export const THREE: i32 = 3;

/** Outputs a tile has along an axis. */
// @ts-ignore: decorator
@inline
export function outputsOf(kind: i32): i32 {
  return kind == SIX ? 4 : 2;
}

/** Inputs a tile has along an axis. */
// @ts-ignore: decorator
@inline
export function inputsOf(kind: i32): i32 {
  return kind == SIX ? 6 : 2;
}

// What is transformed.
export const INPUT: i32 = 0; // Bᵀ·d
export const FILTER: i32 = 1; // G·g
export const OUTPUT: i32 = 2; // Aᵀ·m
export const OUTPUT_GRADIENT: i32 = 3; // A·dy, the transpose of OUTPUT
export const FILTER_GRADIENT: i32 = 4; // Gᵀ·du, the transpose of FILTER

/** Transforms four lanes at once, from vectors `step` bytes apart to vectors `toStep` bytes apart. */
// @ts-ignore: decorator
@inline
export function line(kind: i32, what: i32, from: usize, step: usize, to: usize, toStep: usize): void {
  const v0 = v128.load(from);
  const v1 = v128.load((from += step));
  if (what == INPUT) {
    if (kind == SIX) {
      const v2 = v128.load((from += step)), v3 = v128.load((from += step));
      const v4 = v128.load((from += step)), v5 = v128.load(from + step);
      v128.store(to, madd(v2, splat(-2.8125), madd(v0, splat(1.265625), v4)));
      let even = madd(v2, splat(-2.25), v4), odd = madd(v1, splat(-2.25), v3);
      v128.store((to += toStep), madd(odd, splat(0.75), even));
      v128.store((to += toStep), madd(odd, splat(-0.75), even));
      even = madd(v2, splat(-0.5625), v4);
      odd = madd(v1, splat(-0.5625), v3);
      v128.store((to += toStep), madd(odd, splat(1.5), even));
      v128.store((to += toStep), madd(odd, splat(-1.5), even));
      v128.store(to + toStep, madd(v3, splat(-2.8125), madd(v1, splat(1.265625), v5)));
    } else {
      v128.store(to, f32x4.add(v0, v1));
      v128.store((to += toStep), v1);
      v128.store(to + toStep, v0);
    }
  } else if (what == FILTER) {
    const v2 = v128.load(from + step);
    if (kind == SIX) {
      v128.store(to, f32x4.mul(v0, splat(64.0 / 81.0)));
      let even = madd(v0, splat(-128.0 / 243.0), f32x4.mul(v2, splat(-8.0 / 27.0)));
      v128.store((to += toStep), madd(v1, splat(-32.0 / 81.0), even));
      v128.store((to += toStep), madd(v1, splat(32.0 / 81.0), even));
      even = madd(v0, splat(32.0 / 243.0), f32x4.mul(v2, splat(8.0 / 27.0)));
      v128.store((to += toStep), madd(v1, splat(16.0 / 81.0), even));
      v128.store((to += toStep), madd(v1, splat(-16.0 / 81.0), even));
      v128.store(to + toStep, v2);
    } else {
      v128.store(to, v1);
      v128.store((to += toStep), f32x4.sub(v2, v1));
      v128.store(to + toStep, f32x4.sub(v0, v1));
    }
  } else if (what == OUTPUT) {
    const v2 = v128.load((from += step));
    if (kind == SIX) {
      const v3 = v128.load((from += step)), v4 = v128.load((from += step)), v5 = v128.load(from + step);
      const sum1 = f32x4.add(v1, v2), sum3 = f32x4.add(v3, v4);
      const gap1 = f32x4.sub(v1, v2), gap3 = f32x4.sub(v3, v4);
      v128.store(to, f32x4.add(v0, f32x4.add(sum1, sum3)));
      v128.store((to += toStep), madd(gap3, splat(1.5), f32x4.mul(gap1, splat(0.75))));
      v128.store((to += toStep), madd(sum3, splat(2.25), f32x4.mul(sum1, splat(0.5625))));
      v128.store(to + toStep, madd(gap3, splat(3.375), madd(gap1, splat(0.421875), v5)));
    } else {
      v128.store(to, f32x4.add(v0, v1));
      v128.store(to + toStep, f32x4.add(v0, v2));
    }
  } else if (what == OUTPUT_GRADIENT) {
    if (kind == SIX) {
      const v2 = v128.load((from += step)), v3 = v128.load(from + step);
      v128.store(to, v0);
      let even = madd(v2, splat(0.5625), v0), odd = madd(v3, splat(0.421875), f32x4.mul(v1, splat(0.75)));
      v128.store((to += toStep), f32x4.add(even, odd));
      v128.store((to += toStep), f32x4.sub(even, odd));
      even = madd(v2, splat(2.25), v0);
      odd = madd(v3, splat(3.375), f32x4.mul(v1, splat(1.5)));
      v128.store((to += toStep), f32x4.add(even, odd));
      v128.store((to += toStep), f32x4.sub(even, odd));
      v128.store(to + toStep, v3);
    } else {
      v128.store(to, f32x4.add(v0, v1));
      v128.store((to += toStep), v0);
      v128.store(to + toStep, v1);
    }
  } else {
    const v2 = v128.load((from += step));
    if (kind == SIX) {
      const v3 = v128.load((from += step)), v4 = v128.load((from += step)), v5 = v128.load(from + step);
      const sum1 = f32x4.add(v1, v2), sum3 = f32x4.add(v3, v4);
      const gap1 = f32x4.sub(v1, v2), gap3 = f32x4.sub(v3, v4);
      const ends = madd(sum3, splat(32.0 / 243.0), f32x4.mul(v0, splat(64.0 / 81.0)));
      v128.store(to, madd(sum1, splat(-128.0 / 243.0), ends));
      v128.store((to += toStep), madd(gap3, splat(16.0 / 81.0), f32x4.mul(gap1, splat(-32.0 / 81.0))));
      v128.store(to + toStep, madd(f32x4.sub(sum3, sum1), splat(8.0 / 27.0), v5));
    } else {
      v128.store(to, v2);
      v128.store((to += toStep), f32x4.sub(f32x4.sub(v0, v1), v2));
      v128.store(to + toStep, v1);
    }
  }
}
