import { boolean, type Given, optional, options } from '@mnet/core/options';
import type { BlockSpec } from '../architecture/block-spec.ts';
import { scaleWidth } from '../architecture/scale.ts';
import { network } from './network.ts';
import { imagenet1k } from './pretrained-weights.ts';
import { timmInverted } from './timm-inverted.ts';

// One row a stage: t, c, n and s of the paper's table 2, with the incoming resolution for 224×224 pictures.
// biome-ignore format: a table
const blocks = [
  { block: 'inverted', expansion: 1, filters: 16,  repeat: 1, stride: 1 }, // 112²
  { block: 'inverted', expansion: 6, filters: 24,  repeat: 2, stride: 2 }, // 112²
  { block: 'inverted', expansion: 6, filters: 32,  repeat: 3, stride: 2 }, //  56²
  { block: 'inverted', expansion: 6, filters: 64,  repeat: 4, stride: 2 }, //  28²
  { block: 'inverted', expansion: 6, filters: 96,  repeat: 3, stride: 1 }, //  14²
  { block: 'inverted', expansion: 6, filters: 160, repeat: 3, stride: 2 }, //  14²
  { block: 'inverted', expansion: 6, filters: 320, repeat: 1, stride: 1 }, //   7²
] as const satisfies readonly BlockSpec[];

const own = options({
  /** Whether the last convolution, 1,280 wide, shrinks too at widths below 1; default false, as in the paper. */
  scaleHead: optional(boolean(), false),
});

/** What MobileNetV2 takes besides. */
export interface MobileNetV2Options extends Given<typeof own> {}

/** Sandler et al. 2018, "MobileNetV2", table 2, https://arxiv.org/abs/1801.04381 */
export const mobilenetV2 = network({
  architecture: {
    name: 'mobilenet_v2',
    stem: { filters: 32, stride: 2 }, // 224²
    blocks,
    head: { filters: 1280, start: 'normal' }, // 7²
    start: 'heNormalUngrouped',
    activation: 'relu6',
  },
  cifar: { stem: { stride: 1 }, strides: { 2: 1 } },
  options: own,
  scaled: (table, { width, scaleHead }) => scaleWidth(table, { width, scaleHead }),
  names: {
    torchvision: {
      stem: { conv: 'features.0.0', bn: 'features.0.1' },
      block: 'features.{i}',
      parts: {
        expand: { conv: 'conv.{j}.0', bn: 'conv.{j}.1' },
        depthwise: { conv: 'conv.{j}.0', bn: 'conv.{j}.1' },
        project: { conv: 'conv.{j}', bn: 'conv.{j+1}' },
      },
      head: { conv: 'features.18.0', bn: 'features.18.1' },
      classifier: { linear: 'classifier.1' },
      epsilon: 1e-5,
    },
    timm: {
      ...timmInverted(),
      head: { conv: 'conv_head', bn: 'bn2' },
      classifier: { linear: 'classifier' },
    },
  },
  pretrained: {
    'mobilenetv2_100.ra_in1k': {
      ...imagenet1k,
      repo: 'timm/mobilenetv2_100.ra_in1k',
      revision: '5afa12513b048c79b9147a5d210e9bdc50035481',
      sha256: '55ea4fb3a96010b933710ebf44fc965b070d5cd054d3f35e44f2d1320b4a714e',
      bytes: 14_184_144,
      library: 'timm',
      licence: 'Apache-2.0',
    },
    'mobilenetv2_140.ra_in1k': {
      ...imagenet1k,
      repo: 'timm/mobilenetv2_140.ra_in1k',
      revision: '008fa2eb59c0080738c65898a7666059e11c0a75',
      sha256: '7cf3adc9931d132b0629481082a7b3fd2092139e355e89718da151ef50857c2f',
      bytes: 24_655_288,
      library: 'timm',
      options: { width: 1.4 },
      licence: 'Apache-2.0',
    },
    'mobilenetv2_050.lamb_in1k': {
      ...imagenet1k,
      repo: 'timm/mobilenetv2_050.lamb_in1k',
      library: 'timm',
      options: { width: 0.5 },
    },
  },
});
