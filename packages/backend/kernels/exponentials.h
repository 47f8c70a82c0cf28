// Exponentials and logarithms of a vector, to a few of float32's last places. NaN passes through.
#pragma once
#include "vec.h"

// WebAssembly, which is loaded over networks, has each once.
#if defined(__wasm__)
#define ONCE static NOINLINE
#else
#define ONCE INLINE
#endif

/** Of numbers around 1.5 · 2^23 the last place is 1: adding it rounds, and the whole number stands in the last bits. */
#define SHIFTER 0x1.8p23f

/** (eʳ − 1) / r for |r| up to ln 2 / 2, by its series to the 7th term. */
INLINE vec exponential_slope(vec r) {
  vec sum = splat(1.0f / 5040);
  sum = madd(sum, r, splat(1.0f / 720));
  sum = madd(sum, r, splat(1.0f / 120));
  sum = madd(sum, r, splat(1.0f / 24));
  sum = madd(sum, r, splat(1.0f / 6));
  sum = madd(sum, r, splat(0.5f));
  return madd(sum, r, splat(1));
}

INLINE vec exponential_series(vec r) { return madd(exponential_slope(r), r, splat(1)); }

/** y less n·ln 2. */
INLINE vec less_powers(vec y, vec n) { return madd(n, splat(0x1.05c61p-29f), madd(n, splat(-0x1.62e43p-1f), y)); }

/** 2ⁿ of whole numbers that stand in last bits, from −126 to 127: by its exponent. */
INLINE vec power_of(lane_bits n) { return (vec)((n + 127) << 23); }

/** e^y for y from −87 to 0: y = n·ln 2 + r. */
INLINE vec exponential_below_one(vec y) {
  const vec shifter = splat(SHIFTER), shifted = y * splat(0x1.715476p0f) + shifter;
  return exponential_series(less_powers(y, shifted - shifter)) * power_of((lane_bits)shifted - (lane_bits)shifter);
}

/** eˣ: as above, with 2ⁿ in two steps, for what is beyond the normal numbers. */
ONCE vec exponential_of(vec x) {
  const vec y = lower(higher(x, splat(-104)), splat(89.5f)), shifter = splat(SHIFTER);
  const vec shifted = y * splat(0x1.715476p0f) + shifter, n = shifted - shifter, halved = n * splat(0.5f) + shifter;
  const lane_bits all = (lane_bits)shifted - (lane_bits)shifter, half = (lane_bits)halved - (lane_bits)shifter;
  return exponential_series(less_powers(y, n)) * power_of(half) * power_of(all - half);
}

/** eˣ − 1 for x up to 0, without the digits that a difference would lose near 0. */
INLINE vec exponential_less_one(vec x) {
  const vec y = higher(x, splat(-87));
  return either(y > splat(-0.34f), exponential_slope(y) * y, exponential_below_one(y) - splat(1));
}

/** 2·artanh s for |s| up to 1/3, by its series to the 15th power. */
INLINE vec twice_artanh(vec s) {
  const vec square = s * s;
  vec sum = splat(2.0f / 15);
  sum = madd(sum, square, splat(2.0f / 13));
  sum = madd(sum, square, splat(2.0f / 11));
  sum = madd(sum, square, splat(2.0f / 9));
  sum = madd(sum, square, splat(2.0f / 7));
  sum = madd(sum, square, splat(2.0f / 5));
  sum = madd(sum, square, splat(2.0f / 3));
  return madd(sum * square, s, s + s);
}

/** ln x: x = 2ⁿ·m with m from √½ to √2, and ln m = 2·artanh((m − 1) / (m + 1)). */
ONCE vec logarithm_of(vec x) {
  const mask small = x < splat(0x1p-126f);
  const vec normal = either(small, x * splat(0x1p23f), x);
  // The bits of √½ are taken off, so that n changes there.
  const lane_bits bits = (lane_bits)normal, powers = (bits - 0x3f3504f3u) & 0xff800000u;
  const vec m = (vec)(bits - powers);
  const vec n = __builtin_convertvector((mask)powers >> 23, vec) - keep(small, splat(23));
  const vec s = (m - splat(1)) / (m + splat(1));
  vec log = madd(n, splat(0x1.62e43p-1f), madd(n, splat(-0x1.05c61p-29f), twice_artanh(s)));
  log = either(x > splat(3.4028234e38f), x, log);
  log = either(x == splat(0), splat(-__builtin_inff()), log);
  // Of NaN and of what is below 0 there is none.
  return either(x >= splat(0), log, splat(__builtin_nanf("")));
}

/** e^−|x|, 0 where it is no normal number. */
INLINE vec exponential_of_distance(vec x) {
  const vec y = -absolute(x);
  return either(y < splat(-87), splat(0), exponential_below_one(higher(y, splat(-87))));
}

/** 1 / (1 + e⁻ˣ). */
ONCE vec sigmoid_of(vec x) {
  const vec power = exponential_of_distance(x), above = splat(1) / (splat(1) + power);
  return either(x < splat(0), power * above, above);
}

/** ln (1 + eˣ) as the larger of x and 0, and ln (1 + e^−|x|) = 2·artanh(e^−|x| / (2 + e^−|x|)). */
ONCE vec softplus_of(vec x) {
  const vec power = exponential_of_distance(x);
  return higher(x, splat(0)) + twice_artanh(power / (splat(2) + power));
}

/** x, or eˣ − 1 below 0. */
ONCE vec elu_of(vec x) { return either(x >= splat(0), x, exponential_less_one(lower(x, splat(0)))); }

/** tanh |x| = −d / (2 + d) with d = e^(−2|x|) − 1. */
ONCE vec tanh_of(vec x) {
  const vec d = exponential_less_one(absolute(x) * splat(-2)), above = -d / (splat(2) + d);
  return either(x < splat(0), -above, above);
}
