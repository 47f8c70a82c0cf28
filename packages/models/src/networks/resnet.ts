import type { BlockSpec } from '../architecture/block-spec.ts';
import type { Network } from './network.ts';

// One row a stage, with the incoming resolution for 224×224 pictures.
// biome-ignore format: a table
const blocks = [
  { block: 'basic', filters: 64,  repeat: 2, stride: 1 }, // 56²
  { block: 'basic', filters: 128, repeat: 2, stride: 2 }, // 56²
  { block: 'basic', filters: 256, repeat: 2, stride: 2 }, // 28²
  { block: 'basic', filters: 512, repeat: 2, stride: 2 }, // 14²
] as const satisfies readonly BlockSpec[];

/** He et al. 2016, "Deep Residual Learning", table 1, column 18-layer, https://arxiv.org/abs/1512.03385 */
export const resnet18: Network = {
  architecture: {
    name: 'resnet18',
    stem: { filters: 64, kernel: 7, stride: 2, pool: true }, // 224²
    blocks,
  },
  cifar: { stem: { kernel: 3, stride: 1, pool: false } },
};
