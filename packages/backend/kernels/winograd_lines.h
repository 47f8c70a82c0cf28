// The one-dimensional transforms of Winograd's minimal filtering for a filter of three taps (Winograd 1980; for
// convolutions Lavin & Gray 2016, arXiv:1509.09308): y = Aᵀ[(G·g) ⊙ (Bᵀ·d)], and their transposes for the gradients.
// The two-dimensional transform is the same along columns and then along rows.
//
// SIX: F(4, 3), four outputs from six inputs by six products, at the points 0, ±3/4, ±3/2, ∞. The usual points
// 0, ±1, ±2 err four times as much in float32 (7e-6 of the largest output against 1.6e-6; the direct sum 8e-7).
// THREE: both outputs of an axis of two pixels with a zero on either side, by three products instead of four.
#pragma once
#include "kernel.h"

/** Products an axis: the kind of a transform. */
enum { SIX = 6, THREE = 3 };

/** Outputs and inputs that a tile has along an axis. */
#define OUTPUTS_OF(kind) ((kind) == SIX ? 4 : 2)
#define INPUTS_OF(kind) ((kind) == SIX ? 6 : 2)

/** What is transformed. */
enum transformed {
  INPUT, // Bᵀ·d
  FILTER, // G·g
  OUTPUT, // Aᵀ·m
  OUTPUT_GRADIENT, // A·dy, the transpose of OUTPUT
  FILTER_GRADIENT, // Gᵀ·du, the transpose of FILTER
};

/** Numbers that a transform takes and gives. */
#define TAKES(kind, what) \
  ((what) == INPUT ? INPUTS_OF(kind) : (what) == FILTER ? 3 : (what) == OUTPUT_GRADIENT ? OUTPUTS_OF(kind) : (kind))
#define GIVES(kind, what) ((what) == OUTPUT ? OUTPUTS_OF(kind) : (what) == FILTER_GRADIENT ? 3 : (kind))

/** Transforms a line of vectors. */
INLINE void line(const int kind, const enum transformed what, const vec v[6], vec to[6]) {
  if (what == INPUT && kind == SIX) {
    to[0] = madd(v[2], splat(-2.8125f), madd(v[0], splat(1.265625f), v[4]));
    vec even = madd(v[2], splat(-2.25f), v[4]), odd = madd(v[1], splat(-2.25f), v[3]);
    to[1] = madd(odd, splat(0.75f), even);
    to[2] = madd(odd, splat(-0.75f), even);
    even = madd(v[2], splat(-0.5625f), v[4]);
    odd = madd(v[1], splat(-0.5625f), v[3]);
    to[3] = madd(odd, splat(1.5f), even);
    to[4] = madd(odd, splat(-1.5f), even);
    to[5] = madd(v[3], splat(-2.8125f), madd(v[1], splat(1.265625f), v[5]));
  } else if (what == INPUT) {
    to[0] = v[0] + v[1];
    to[1] = v[1];
    to[2] = v[0];
  } else if (what == FILTER && kind == SIX) {
    to[0] = v[0] * splat(64.0f / 81);
    vec even = madd(v[0], splat(-128.0f / 243), v[2] * splat(-8.0f / 27));
    to[1] = madd(v[1], splat(-32.0f / 81), even);
    to[2] = madd(v[1], splat(32.0f / 81), even);
    even = madd(v[0], splat(32.0f / 243), v[2] * splat(8.0f / 27));
    to[3] = madd(v[1], splat(16.0f / 81), even);
    to[4] = madd(v[1], splat(-16.0f / 81), even);
    to[5] = v[2];
  } else if (what == FILTER) {
    to[0] = v[1];
    to[1] = v[2] - v[1];
    to[2] = v[0] - v[1];
  } else if (what == OUTPUT && kind == SIX) {
    const vec sum1 = v[1] + v[2], sum3 = v[3] + v[4], gap1 = v[1] - v[2], gap3 = v[3] - v[4];
    to[0] = v[0] + (sum1 + sum3);
    to[1] = madd(gap3, splat(1.5f), gap1 * splat(0.75f));
    to[2] = madd(sum3, splat(2.25f), sum1 * splat(0.5625f));
    to[3] = madd(gap3, splat(3.375f), madd(gap1, splat(0.421875f), v[5]));
  } else if (what == OUTPUT) {
    to[0] = v[0] + v[1];
    to[1] = v[0] + v[2];
  } else if (what == OUTPUT_GRADIENT && kind == SIX) {
    to[0] = v[0];
    vec even = madd(v[2], splat(0.5625f), v[0]), odd = madd(v[3], splat(0.421875f), v[1] * splat(0.75f));
    to[1] = even + odd;
    to[2] = even - odd;
    even = madd(v[2], splat(2.25f), v[0]);
    odd = madd(v[3], splat(3.375f), v[1] * splat(1.5f));
    to[3] = even + odd;
    to[4] = even - odd;
    to[5] = v[3];
  } else if (what == OUTPUT_GRADIENT) {
    to[0] = v[0] + v[1];
    to[1] = v[0];
    to[2] = v[1];
  } else if (kind == SIX) {
    const vec sum1 = v[1] + v[2], sum3 = v[3] + v[4], gap1 = v[1] - v[2], gap3 = v[3] - v[4];
    const vec ends = madd(sum3, splat(32.0f / 243), v[0] * splat(64.0f / 81));
    to[0] = madd(sum1, splat(-128.0f / 243), ends);
    to[1] = madd(gap3, splat(16.0f / 81), gap1 * splat(-32.0f / 81));
    to[2] = madd(sum3 - sum1, splat(8.0f / 27), v[5]);
  } else {
    to[0] = v[2];
    to[1] = v[0] - v[1] - v[2];
    to[2] = v[1];
  }
}
