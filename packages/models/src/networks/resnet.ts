import type { BlockSpec } from '../architecture/block-spec.ts';
import type { Network } from './network.ts';

// Incoming resolution at 224×224 input.
const blocks = [
  { block: 'basic', filters: 64, repeat: 2, stride: 1 }, //   56
  { block: 'basic', filters: 128, repeat: 2, stride: 2 }, //  56
  { block: 'basic', filters: 256, repeat: 2, stride: 2 }, //  28
  { block: 'basic', filters: 512, repeat: 2, stride: 2 }, //  14
] as const satisfies readonly BlockSpec[];

/** He et al. 2016, "Deep Residual Learning", table 1, column 18-layer, https://arxiv.org/abs/1512.03385 */
export const resnet18: Network = {
  architecture: {
    name: 'resnet18',
    stem: { filters: 64, kernel: 7, stride: 2, pool: true }, // 224
    blocks,
  },
  cifar: { stem: { kernel: 3, stride: 1, pool: false } },
};
