// exp and log in double precision, the same bits in every build: no library is asked. Both err by less than 2e-16 of the
// result, of which float32 keeps half the digits.
#pragma once
#include "kernel.h"

#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW 0x1.a39ef35793c76p-33

INLINE f64 of_bits(u64 bits) {
  f64 x;
  __builtin_memcpy(&x, &bits, 8);
  return x;
}

INLINE u64 bits_of(f64 x) {
  u64 bits;
  __builtin_memcpy(&bits, &x, 8);
  return bits;
}

/** 2^n for n from −1022 to 1023. */
INLINE f64 power_of_two(i32 n) { return of_bits((u64)(n + 1023) << 52); }

/** eˣ: x = n·ln 2 + r with |r| ≤ ln 2 / 2, and the series of eʳ to its 13th term. */
static f64 exponential(f64 x) {
  if (x != x) return x;
  if (x > 709.7) return __builtin_inf();
  if (x < -745.2) return 0;
  const i32 n = (i32)(x * 0x1.71547652b82fep0 + (x < 0 ? -0.5 : 0.5));
  const f64 r = (x - n * LN2_HIGH) - n * LN2_LOW;
  static const f64 terms[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
    1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1};
  f64 sum = 0;
  for (int i = 0; i < 13; i++) sum = (sum + terms[i]) * r;
  // In two steps, for what is below the smallest normal number.
  return (1 + sum) * power_of_two(n / 2) * power_of_two(n - n / 2);
}

/** ln x of a normal x above 0: x = 2ⁿ·m with m about 1, and ln m = 2·artanh((m − 1) / (m + 1)). */
static f64 logarithm(f64 x) {
  if (!(x > 0)) return x == 0 ? -__builtin_inf() : __builtin_nan("");
  if (x > 1.7e308) return x;
  u64 bits = bits_of(x);
  i32 n = (i32)(bits >> 52) - 1023;
  f64 m = of_bits((bits & 0xfffffffffffffull) | 0x3ff0000000000000ull);
  if (m > 0x1.6a09e667f3bcdp0) {
    m /= 2;
    n++;
  }
  const f64 s = (m - 1) / (m + 1), square = s * s;
  f64 sum = 0;
  for (int i = 23; i >= 3; i -= 2) sum = (sum + 1.0 / i) * square;
  return n * LN2_HIGH + (n * LN2_LOW + 2 * s * sum) + 2 * s;
}
