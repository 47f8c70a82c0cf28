// Activations on four lanes and their derivatives; the codes are those of src/kernels/activation.ts.
// NaN passes through: pmax and pmin return their first operand where a comparison with NaN is false. They are one
// instruction each; f32x4.max and min, which order −0 and 0 as well, are seven.
import { splat } from './simd';

export const LINEAR: i32 = 0;
export const RELU: i32 = 1;
export const RELU6: i32 = 2;
export const HARD_SIGMOID: i32 = 3;
export const HARD_SWISH: i32 = 4;

// @ts-ignore: decorator
@inline
export function activate(z: v128, code: i32): v128 {
  if (code == LINEAR) return z;
  if (code == RELU) return f32x4.pmax(z, splat(0));
  if (code == RELU6) return f32x4.pmin(f32x4.pmax(z, splat(0)), splat(6));
  const gate = f32x4.mul(f32x4.pmin(f32x4.pmax(f32x4.add(z, splat(3)), splat(0)), splat(6)), splat(1.0 / 6.0));
  return code == HARD_SIGMOID ? gate : f32x4.mul(z, gate);
}

/** dy · act′(z). At a kink the derivative is the one PyTorch takes: 0 for relu at 0, 0 for relu6 at 0 and 6. */
// @ts-ignore: decorator
@inline
export function activateGrad(dy: v128, z: v128, code: i32): v128 {
  if (code == LINEAR) return dy;
  if (code == RELU) return v128.and(dy, f32x4.gt(z, splat(0)));
  if (code == RELU6) return v128.and(dy, v128.and(f32x4.gt(z, splat(0)), f32x4.lt(z, splat(6))));
  const inside = v128.and(f32x4.gt(z, splat(-3)), f32x4.lt(z, splat(3)));
  if (code == HARD_SIGMOID) return v128.and(f32x4.mul(dy, splat(1.0 / 6.0)), inside);
  // hard-swish: 0 below −3, 1 above 3, (2z + 3) / 6 between.
  const slope = f32x4.mul(f32x4.add(f32x4.add(z, z), splat(3)), splat(1.0 / 6.0));
  const above = v128.and(splat(1), f32x4.ge(z, splat(3)));
  return f32x4.mul(dy, v128.bitselect(slope, above, inside));
}
