import {
  type GradConfig,
  mean,
  mul,
  reshape,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { shapeOf, tensorOf } from './check-tensors.ts';
import { hasKernel, runFused, runKernel } from './kernel.ts';

/**
 * Global average pooling: y[n, c] = mean of x[n, h, w, c] over h and w.
 *
 * Source: Lin, Chen, Yan 2014, "Network In Network", section 3.2, https://arxiv.org/abs/1312.4400
 *
 * @param x float32 [batch, height, width, channels]
 * @returns float32 [batch, channels]; differentiable. The mean of no pixels is 0.
 * @throws if x is not a float32 tensor of rank 4.
 */
export function globalAveragePool(x: Tensor4D): Tensor2D {
  tensorOf(x, 4, 'float32', 'x');
  if (hasKernel('GlobalAveragePool', [x])) {
    const [, height, width] = x.shape;
    return runFused(poolGradient, { x }, { height, width })[0] as Tensor2D;
  }
  return mean(x, [1, 2]);
}

const poolGradient: GradConfig = {
  kernelName: 'GlobalAveragePool',
  gradFunc: (dy, _, attrs) => ({
    x: () => runKernel('GlobalAveragePoolGrad', { dy: dy as Tensor }, { ...attrs })[0] as Tensor,
  }),
};

/**
 * Scales each channel of each image, as squeeze-and-excitation does: y[n, h, w, c] = x[n, h, w, c] · scale[n, c].
 *
 * Source: Hu, Shen, Sun 2018, "Squeeze-and-Excitation Networks", equation 4, https://arxiv.org/abs/1709.01507
 *
 * @param x float32 [batch, height, width, channels]
 * @param scale float32 [batch, channels]
 * @returns float32 of x's shape; differentiable in both.
 * @throws if a shape or a dtype is wrong.
 */
export function scaleChannels(x: Tensor4D, scale: Tensor2D): Tensor4D {
  tensorOf(x, 4, 'float32', 'x');
  const [batch, , , channels] = x.shape;
  shapeOf(scale, [batch, channels], 'scale');
  if (hasKernel('ScaleChannels', [x])) {
    return runFused(scaleGradient, { x, scale }, {})[0] as Tensor4D;
  }
  // Images of no pixels: tfjs has no gradient where 1 stands against 0, and any factor gives the same.
  return tidy(() => mul(x, x.size > 0 ? reshape(scale, [batch, 1, 1, channels]) : sum(scale)));
}

const scaleGradient: GradConfig = {
  kernelName: 'ScaleChannels',
  inputsToSave: ['x', 'scale'],
  gradFunc: (dy, [x, scale]) => {
    const inputs = { dy: dy as Tensor, x: x as Tensor, scale: scale as Tensor };
    const [dx, dscale] = runKernel('ScaleChannelsGrad', inputs, {});
    return { x: () => dx as Tensor, scale: () => dscale as Tensor };
  },
};
