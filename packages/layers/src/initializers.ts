import { fill, type Tensor, tensor, util } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { normalValues, uniformValues } from '@mnet/core/random';

/** What a tfjs layer asks of an initializer when it adds a weight. */
export interface WeightInitializer {
  /** The weight's values. */
  apply(shape: Shape, dtype?: string): Tensor;
}

/**
 * Normal weights of deviation √(2 / fan-out).
 *
 * Source: He et al. 2015, "Delving Deep into Rectifiers", section 2.2, https://arxiv.org/abs/1502.01852
 *
 * @param fanOut connections that leave one input value
 * @param seed an integer; the same seed gives the same bits on every backend
 */
export function heNormal(fanOut: number, seed: number): WeightInitializer {
  return normal(Math.sqrt(2 / fanOut), seed);
}

/**
 * Weights spread evenly within ±1/√fan-in, the default of PyTorch's convolutions and linear layers for kernels and
 * biases, which it writes as `kaiming_uniform_(a=√5)`.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html, under "Variables"
 *
 * @param fanIn connections that enter one output value
 * @param seed an integer; the same seed gives the same bits on every backend
 */
export function fanInUniform(fanIn: number, seed: number): WeightInitializer {
  return drawn((size) => uniformValues(size, 1 / Math.sqrt(fanIn), seed));
}

/**
 * Kernels whose first filters pass the input channels on, filter i channel i, and of which the others are spread as by
 * {@link fanInUniform}. The kernel [k, k, 1] of each channel, in a depthwise convolution, passes it on.
 *
 * Source: Zagoruyko and Komodakis 2017, "DiracNets", https://arxiv.org/abs/1706.00388; as a part of a kernel Jordan 2024, section
 * 3.2, https://arxiv.org/abs/2404.00498
 *
 * @param fanIn connections that enter one output value
 * @param depthwise whether each channel has a kernel of its own
 * @param seed an integer; the same seed gives the same bits on every backend
 */
export function dirac(fanIn: number, depthwise: boolean, seed: number): WeightInitializer {
  return {
    apply: (shape) => {
      const dims = shape as number[];
      const [filters = 1, channels = 1, width = 1, height = 1] = dims.toReversed();
      const values = uniformValues(util.sizeFromShape(dims), 1 / Math.sqrt(fanIn), seed);
      const passing = Math.min(filters, channels);
      const middle = (height >> 1) * width + (width >> 1);
      for (let row = 0; row < height * width * channels; row++) {
        const [place, channel] = [Math.floor(row / channels), row % channels];
        for (let filter = 0; filter < passing; filter++) {
          const passes = place === middle && (depthwise || channel === filter);
          values[row * filters + filter] = passes ? 1 : 0;
        }
      }
      return tensor(values, dims);
    },
  };
}

/** Normal weights of mean 0; the same seed gives the same bits on every backend. */
export function normal(deviation: number, seed: number): WeightInitializer {
  return drawn((size) => normalValues(size, deviation, seed));
}

/** The same value everywhere. */
export function constant(value: number): WeightInitializer {
  return { apply: (shape) => fill(shape as number[], value) };
}

function drawn(draw: (size: number) => Float32Array): WeightInitializer {
  return {
    apply: (shape) => {
      const dims = shape as number[];
      const size = dims.reduce((a, b) => a * b, 1);
      return tensor(draw(size), dims);
    },
  };
}
