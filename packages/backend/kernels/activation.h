// Activations on a vector and their derivatives. NaN passes through.
#pragma once
#include "normal.h"
#include "shared.h"

INLINE vec activate(vec z, int code) {
  if (code == LINEAR) return z;
  if (code == RELU) return higher(z, splat(0));
  if (code == RELU6) return lower(higher(z, splat(0)), splat(6));
  if (code == GELU) return z * normal_at(z).below;
  vec gate = lower(higher(z + splat(3), splat(0)), splat(6)) * splat(1.0f / 6);
  return code == HARD_SIGMOID ? gate : z * gate;
}

/** dy · act′(z). At a kink the derivative is the one PyTorch takes: 0 for relu at 0, 0 for relu6 at 0 and 6. */
INLINE vec activate_grad(vec dy, vec z, int code) {
  if (code == LINEAR) return dy;
  if (code == RELU) return keep(z > splat(0), dy);
  if (code == RELU6) return keep((z > splat(0)) & (z < splat(6)), dy);
  if (code == GELU) {
    const struct normal at_z = normal_at(z);
    return dy * madd(z, at_z.density, at_z.below);
  }
  mask inside = (z > splat(-3)) & (z < splat(3));
  if (code == HARD_SIGMOID) return keep(inside, dy * splat(1.0f / 6));
  // hard-swish: 0 below −3, 1 above 3, (2z + 3) / 6 between.
  vec slope = (z + z + splat(3)) * splat(1.0f / 6);
  return dy * either(inside, slope, keep(z >= splat(3), splat(1)));
}

/** Runs `loop` with the code as a constant: a test on every value would cost more than the value. */
#define FOR_ACTIVATION(code, loop) \
  switch (code) { \
    case LINEAR: loop(LINEAR); break; \
    case RELU: loop(RELU); break; \
    case RELU6: loop(RELU6); break; \
    case HARD_SIGMOID: loop(HARD_SIGMOID); break; \
    case GELU: loop(GELU); break; \
    default: loop(HARD_SWISH); \
  }
