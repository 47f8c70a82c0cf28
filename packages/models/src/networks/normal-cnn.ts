import type { BlockSpec } from '../architecture/block-spec.ts';
import type { Network } from './network.ts';

// Incoming resolution at 224×224 input.
const blocks = [
  { block: 'conv', filters: 64, stride: 1 }, //   112
  { block: 'conv', filters: 128, stride: 2 }, //  112
  { block: 'conv', filters: 128, stride: 1 }, //   56
  { block: 'conv', filters: 256, stride: 2 }, //   56
  { block: 'conv', filters: 256, stride: 1 }, //   28
  { block: 'conv', filters: 512, stride: 2 }, //   28
  { block: 'conv', filters: 512, stride: 1 }, //   14
  { block: 'conv', filters: 512, stride: 1 }, //   14
  { block: 'conv', filters: 512, stride: 1 }, //   14
  { block: 'conv', filters: 512, stride: 1 }, //   14
  { block: 'conv', filters: 512, stride: 1 }, //   14
  { block: 'conv', filters: 1024, stride: 2 }, //  14
  { block: 'conv', filters: 1024, stride: 1 }, //   7
] as const satisfies readonly BlockSpec[];

/**
 * MobileNetV1 with full 3×3 convolutions, the network its paper compares it with:
 * Howard et al. 2017, "MobileNets", table 4, https://arxiv.org/abs/1704.04861
 */
export const normalCnn: Network = {
  architecture: {
    name: 'normal_cnn',
    stem: { filters: 32, stride: 2 }, // 224
    blocks,
  },
  cifar: { stem: { stride: 1 } },
};
