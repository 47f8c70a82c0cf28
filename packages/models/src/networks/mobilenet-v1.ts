import { options } from '@mnet/core/options';
import type { BlockSpec } from '../architecture/block-spec.ts';
import { scaleWidth } from '../architecture/scale.ts';
import { network } from './network.ts';
import { imagenet1k } from './pretrained-weights.ts';

// One row a block, with the incoming resolution for 224×224 pictures.
// biome-ignore format: a table
const blocks = [
  { block: 'separable', filters: 64,   stride: 1 }, // 112²
  { block: 'separable', filters: 128,  stride: 2 }, // 112²
  { block: 'separable', filters: 128,  stride: 1 }, //  56²
  { block: 'separable', filters: 256,  stride: 2 }, //  56²
  { block: 'separable', filters: 256,  stride: 1 }, //  28²
  { block: 'separable', filters: 512,  stride: 2 }, //  28²
  { block: 'separable', filters: 512,  stride: 1 }, //  14²
  { block: 'separable', filters: 512,  stride: 1 }, //  14²
  { block: 'separable', filters: 512,  stride: 1 }, //  14²
  { block: 'separable', filters: 512,  stride: 1 }, //  14²
  { block: 'separable', filters: 512,  stride: 1 }, //  14²
  { block: 'separable', filters: 1024, stride: 2 }, //  14²
  { block: 'separable', filters: 1024, stride: 1 }, //   7²
] as const satisfies readonly BlockSpec[];

/** Howard et al. 2017, "MobileNets", table 1, https://arxiv.org/abs/1704.04861 */
export const mobilenetV1 = network({
  architecture: {
    name: 'mobilenet_v1',
    stem: { filters: 32, stride: 2 }, // 224²
    blocks,
    start: 'uniform',
  },
  cifar: { stem: { stride: 1 } },
  options: options({}),
  scaled: (table, { width }) => scaleWidth(table, { width }),
  names: {
    // torchvision has no MobileNetV1: in the manner of its V2.
    torchvision: {
      stem: { conv: 'features.0.0', bn: 'features.0.1' },
      block: 'features.{i}',
      parts: {
        depthwise: { conv: '0.0', bn: '0.1' },
        pointwise: { conv: '1.0', bn: '1.1' },
      },
      classifier: { linear: 'classifier' },
      epsilon: 1e-5,
    },
    timm: {
      stem: { conv: 'conv_stem', bn: 'bn1' },
      block: 'blocks.{s}.{b}',
      parts: {
        depthwise: { conv: 'conv_dw', bn: 'bn1' },
        pointwise: { conv: 'conv_pw', bn: 'bn2' },
      },
      classifier: { linear: 'classifier' },
      epsilon: 1e-5,
      activation: 'relu6',
    },
  },
  pretrained: {
    'mobilenetv1_100.ra4_e3600_r224_in1k': {
      ...imagenet1k,
      repo: 'timm/mobilenetv1_100.ra4_e3600_r224_in1k',
      revision: '6e88b523abded44469eafcd52f7832d5e0300b1b',
      sha256: '15c2f1411deb8e0533acbb41fe9523062f80d444d0393e7ad2b429f41378efc3',
      bytes: 17_030_248,
      library: 'timm',
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      licence: 'Apache-2.0',
    },
  },
});
