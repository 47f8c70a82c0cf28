import {
  add,
  addN,
  cast,
  div,
  minimum,
  mul,
  type Scalar,
  sqrt,
  square,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { knownOptions, numberAbove } from '@mnet/core/check';
import { hasKernel, runKernel } from '../kernel.ts';
import { floatOf, shapeOf } from '../check-tensors.ts';

/** PyTorch's, so that a norm of 0 divides nothing by it. */
const EPSILON = 1e-6;

/**
 * The factor that clips gradients by their global norm, as PyTorch's `clip_grad_norm_` has it:
 *
 *     scale · min(1, maxNorm / (scale·‖g‖ + 1e-6)),   ‖g‖² = Σ over all gradients of Σ gᵢ²
 *
 * Nothing is read back: hand it to a step as `gradientScale`.
 *
 * Source: Pascanu, Mikolov, Bengio 2013, "On the difficulty of training Recurrent Neural Networks", algorithm 1,
 * https://arxiv.org/abs/1211.5063
 *
 * @param gradients float32 of any shapes
 * @param options `maxNorm`, above 0; `scale`, what they are to be multiplied by already, default 1
 * @returns a scalar; 1 where there are no gradients, NaN where one is NaN.
 * @throws if a gradient is not float32 or an option is unknown or out of range.
 */
export function clipScale(
  gradients: readonly Tensor[],
  options: { maxNorm: number; scale?: Scalar },
): Scalar {
  knownOptions(options, ['maxNorm', 'scale'], 'clipScale options');
  const { maxNorm, scale } = options;
  numberAbove(maxNorm, 0, Number.MAX_VALUE, 'maxNorm');
  gradients.forEach((gradient, i) => floatOf(gradient, `gradients[${i}]`));
  if (scale) shapeOf(scale, [], 'scale');
  if (hasKernel('ClipScale')) {
    const [factor] = runKernel('ClipScale', scale ? { scale } : {}, {
      gradients,
      maxNorm,
      epsilon: EPSILON,
    });
    return factor as Scalar;
  }
  return tidy(() => {
    const squares = gradients.map((gradient) => sum(square(gradient)));
    if (squares.length === 0) return cast(scale ?? 1, 'float32');
    const norm = sqrt(addN(squares));
    const whole = scale ? mul(norm, scale) : norm;
    const factor = minimum(div(maxNorm, add(whole, EPSILON)), 1);
    return (scale ? mul(factor, scale) : factor) as Scalar;
  });
}
