import { options } from '@mnet/core/options';
import type { BlockSpec } from '../architecture/block-spec.ts';
import { scaleWidth } from '../architecture/scale.ts';
import { network } from './network.ts';

// One row a block, with the incoming resolution for 224×224 pictures.
// biome-ignore format: a table
const blocks = [
  { block: 'conv', filters: 64,   stride: 1 }, // 112²
  { block: 'conv', filters: 128,  stride: 2 }, // 112²
  { block: 'conv', filters: 128,  stride: 1 }, //  56²
  { block: 'conv', filters: 256,  stride: 2 }, //  56²
  { block: 'conv', filters: 256,  stride: 1 }, //  28²
  { block: 'conv', filters: 512,  stride: 2 }, //  28²
  { block: 'conv', filters: 512,  stride: 1 }, //  14²
  { block: 'conv', filters: 512,  stride: 1 }, //  14²
  { block: 'conv', filters: 512,  stride: 1 }, //  14²
  { block: 'conv', filters: 512,  stride: 1 }, //  14²
  { block: 'conv', filters: 512,  stride: 1 }, //  14²
  { block: 'conv', filters: 1024, stride: 2 }, //  14²
  { block: 'conv', filters: 1024, stride: 1 }, //   7²
] as const satisfies readonly BlockSpec[];

/**
 * MobileNetV1 with full 3×3 convolutions, the network its paper compares it with:
 * Howard et al. 2017, "MobileNets", table 4, https://arxiv.org/abs/1704.04861
 */
export const normalCnn = network({
  architecture: {
    name: 'normal_cnn',
    stem: { filters: 32, stride: 2 }, // 224²
    blocks,
    start: 'uniform',
  },
  cifar: { stem: { stride: 1 } },
  options: options({}),
  scaled: (table, { width }) => scaleWidth(table, { width }),
  names: {
    // torchvision has no NormalCNN: in the manner of its MobileNetV2.
    torchvision: {
      stem: { conv: 'features.0.0', bn: 'features.0.1' },
      block: 'features.{i}',
      parts: { '.': { conv: '0', bn: '1' } },
      classifier: { linear: 'classifier' },
      epsilon: 1e-5,
    },
  },
  pretrained: {},
});
