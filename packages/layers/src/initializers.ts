import { fill, type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { normalValues } from './random.ts';

/** What a tfjs layer asks of an initializer when it adds a weight. */
export interface WeightInitializer {
  apply(shape: Shape, dtype?: string): Tensor;
}

/**
 * Normal weights of deviation √(2 / fan-out), the start of torchvision's convolutions:
 * fan-out is kernel height × kernel width × output channels, also for a depthwise kernel [k, k, channels, 1].
 *
 * Source: He et al. 2015, "Delving Deep into Rectifiers", section 2.2, https://arxiv.org/abs/1502.01852
 *
 * @param fanOut connections that leave one input value
 * @param seed an integer; the same seed gives the same bits on every backend
 */
export function heNormal(fanOut: number, seed: number): WeightInitializer {
  return normal(Math.sqrt(2 / fanOut), seed);
}

/** Normal weights of mean 0; the same seed gives the same bits on every backend. */
export function normal(deviation: number, seed: number): WeightInitializer {
  return {
    apply: (shape) => {
      const dims = shape as number[];
      const size = dims.reduce((a, b) => a * b, 1);
      return tensor(normalValues(size, deviation, seed), dims);
    },
  };
}

/** The same value everywhere. */
export function constant(value: number): WeightInitializer {
  return { apply: (shape) => fill(shape as number[], value) };
}
