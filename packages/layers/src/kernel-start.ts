import { constant, dirac, fanInUniform, heNormal, type WeightInitializer } from './initializers.ts';

/** The names of {@link KernelStart}. */
export const kernelStarts = ['heNormal', 'heNormalUngrouped', 'uniform', 'dirac'] as const;

/**
 * How the weights of a convolution start:
 * - `heNormal`: normal with deviation √(2 / fan-out), where a depthwise kernel's fan-out is that of its group, k²; the
 *   start of timm's MobileNets;
 * - `heNormalUngrouped`: the same with the fan-out k² · channels for a depthwise kernel, too, which leaves it √channels
 *   smaller; torchvision's. MobileNetV2 learns better from it in short courses (README of `@mnet/models`);
 * - `uniform`: evenly within ±1/√fan-in, biases too; PyTorch's default;
 * - `dirac`: as `uniform`, but as many filters as there are input channels pass these on as they are, filter i channel i; of a
 *   depthwise kernel, all do (Jordan 2024, https://arxiv.org/abs/2404.00498, section 3.2).
 *
 * Biases are 0 but for `uniform`.
 */
export type KernelStart = (typeof kernelStarts)[number];

/** How many values a convolution joins. */
export interface Fans {
  /** Values that one output value is made of. */
  readonly fanIn: number;
  /** Kernel positions × output channels, of all groups. */
  readonly fanOut: number;
  /** Groups of channels that do not mix: 1, or for a depthwise kernel the channels. */
  readonly groups: number;
}

/** What a kernel starts from. */
export function kernelInitializer(start: KernelStart, fans: Fans, seed: number): WeightInitializer {
  const { fanIn, fanOut, groups } = fans;
  if (start === 'uniform') return fanInUniform(fanIn, seed);
  if (start === 'dirac') return dirac(fanIn, groups > 1, seed);
  return heNormal(start === 'heNormal' ? fanOut / groups : fanOut, seed);
}

/** What a bias starts from. */
export function biasInitializer(start: KernelStart, fans: Fans, seed: number): WeightInitializer {
  return start === 'uniform' ? fanInUniform(fans.fanIn, seed) : constant(0);
}
