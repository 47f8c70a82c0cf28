import type { BlockSpec } from '../architecture/block-spec.ts';
import type { Network } from './network.ts';

// Incoming resolution at 224×224 input.
const blocks = [
  { block: 'separable', filters: 64, stride: 1 }, //   112
  { block: 'separable', filters: 128, stride: 2 }, //  112
  { block: 'separable', filters: 128, stride: 1 }, //   56
  { block: 'separable', filters: 256, stride: 2 }, //   56
  { block: 'separable', filters: 256, stride: 1 }, //   28
  { block: 'separable', filters: 512, stride: 2 }, //   28
  { block: 'separable', filters: 512, stride: 1 }, //   14
  { block: 'separable', filters: 512, stride: 1 }, //   14
  { block: 'separable', filters: 512, stride: 1 }, //   14
  { block: 'separable', filters: 512, stride: 1 }, //   14
  { block: 'separable', filters: 512, stride: 1 }, //   14
  { block: 'separable', filters: 1024, stride: 2 }, //  14
  { block: 'separable', filters: 1024, stride: 1 }, //   7
] as const satisfies readonly BlockSpec[];

/** Howard et al. 2017, "MobileNets", table 1, https://arxiv.org/abs/1704.04861 */
export const mobilenetV1: Network = {
  architecture: {
    name: 'mobilenet_v1',
    stem: { filters: 32, stride: 2 }, // 224
    blocks,
  },
  cifar: { stem: { stride: 1 } },
};
