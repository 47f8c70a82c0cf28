/**
 * The gamma with which a batch normalization of epsilon `to` computes in inference what it computed with epsilon
 * `from`: γ·√((σ² + to) / (σ² + from)). Libraries differ in MobileNetV3's epsilon.
 */
export function gammaForEpsilon(
  gamma: Float32Array,
  variance: Float32Array,
  from: number,
  to: number,
): Float32Array {
  if (from === to) return gamma;
  return gamma.map((value, c) => value * Math.sqrt((variance[c]! + to) / (variance[c]! + from)));
}
