// The normal distribution on a vector, for GELU. NaN passes through.
#pragma once
#include "vec.h"

/** Density and distribution function: φ(z), and Φ(z), the share below z. */
struct normal {
  vec density, below;
};

/** e^y for y from −87 to 0: y = n·ln 2 + r, and the series of e^r to its 7th term. */
INLINE vec exponential_below_one(vec y) {
  // Of numbers around 1.5 · 2^23 the last place is 1: adding it rounds, and n stands in the last bits.
  const vec shifter = splat(0x1.8p23f), shifted = y * splat(0x1.715476p0f) + shifter, n = shifted - shifter;
  const vec r = madd(n, splat(0x1.05c61p-29f), madd(n, splat(-0x1.62e43p-1f), y));
  vec sum = splat(1.0f / 5040);
  sum = madd(sum, r, splat(1.0f / 720));
  sum = madd(sum, r, splat(1.0f / 120));
  sum = madd(sum, r, splat(1.0f / 24));
  sum = madd(sum, r, splat(1.0f / 6));
  sum = madd(sum, r, splat(0.5f));
  sum = madd(sum, r, splat(1));
  sum = madd(sum, r, splat(1));
  // 2ⁿ by its exponent.
  const lane_bits power = ((lane_bits)shifted - (lane_bits)shifter + 127) << 23;
  return sum * (vec)power;
}

/**
 * φ and Φ, with an error below 2e-7. The tail is 7.1.26 of Abramowitz and Stegun, "Handbook of Mathematical Functions": with
 * u = |z| / √2, erfc(u) = e^(−u²) · a polynomial in 1 / (1 + 0.3275911·u), to 1.5e-7. WebAssembly, which is loaded over
 * networks, has it once.
 */
#if defined(__wasm__)
static NOINLINE
#else
INLINE
#endif
struct normal normal_at(vec z) {
  const vec y = z * z * splat(-0.5f);
  // Below, the power is no normal number; ±∞ has density 0.
  const vec power = either(y < splat(-87), splat(0), exponential_below_one(higher(y, splat(-87))));
  const vec t = splat(1) / madd(absolute(z), splat(0.3275911f * 0.70710678f), splat(1));
  vec tail = splat(0.5f * 1.061405429f);
  tail = madd(tail, t, splat(0.5f * -1.453152027f));
  tail = madd(tail, t, splat(0.5f * 1.421413741f));
  tail = madd(tail, t, splat(0.5f * -0.284496736f));
  tail = madd(tail, t, splat(0.5f * 0.254829592f));
  tail = tail * t * power;
  return (struct normal){power * splat(0.39894228f), either(z < splat(0), tail, splat(1) - tail)};
}

/** erf(x) = 2·Φ(√2·x) − 1, with an error below 4e-7. */
INLINE vec error_function(vec x) {
  const vec below = normal_at(x * splat(1.41421356f)).below;
  return below + below - splat(1);
}
