// The normal distribution on a vector, for GELU. NaN passes through.
#pragma once
#include "exponentials.h"

/** Density and distribution function: φ(z), and Φ(z), the share below z. */
struct normal {
  vec density, below;
};

/**
 * φ and Φ, with an error below 2e-7. The tail is 7.1.26 of Abramowitz and Stegun, "Handbook of Mathematical Functions": with
 * u = |z| / √2, erfc(u) = e^(−u²) · a polynomial in 1 / (1 + 0.3275911·u), to 1.5e-7.
 */
ONCE struct normal normal_at(vec z) {
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
