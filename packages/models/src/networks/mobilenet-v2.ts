import type { BlockSpec } from '../architecture/block-spec.ts';
import type { Network } from './network.ts';

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

/** Sandler et al. 2018, "MobileNetV2", table 2, https://arxiv.org/abs/1801.04381 */
export const mobilenetV2: Network = {
  architecture: {
    name: 'mobilenet_v2',
    stem: { filters: 32, stride: 2 }, // 224²
    blocks,
    head: { filters: 1280, start: 'normal' }, // 7²
    start: 'heNormalUngrouped',
    activation: 'relu6',
  },
  cifar: { stem: { stride: 1 }, strides: { 2: 1 } },
};
