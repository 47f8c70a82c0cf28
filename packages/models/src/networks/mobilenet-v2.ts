import { boolean, type Given, optional, options } from '@mnet/core/options';
import type { BlockSpec } from '../architecture/block-spec.ts';
import { scaleWidth } from '../architecture/scale.ts';
import { network } from './network.ts';
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
});
