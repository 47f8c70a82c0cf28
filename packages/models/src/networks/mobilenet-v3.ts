import type { Architecture } from '../architecture/architecture.ts';
import type { BlockSpec } from '../architecture/block-spec.ts';
import type { Network } from './network.ts';

// One row a block of the paper's table 1, with the incoming resolution for 224×224 pictures.
// biome-ignore format: a table
const large = [
  { block: 'inverted', kernel: 3, expanded: 16,  filters: 16,  squeeze: false, activation: 'relu',      stride: 1 }, // 112²
  { block: 'inverted', kernel: 3, expanded: 64,  filters: 24,  squeeze: false, activation: 'relu',      stride: 2 }, // 112²
  { block: 'inverted', kernel: 3, expanded: 72,  filters: 24,  squeeze: false, activation: 'relu',      stride: 1 }, //  56²
  { block: 'inverted', kernel: 5, expanded: 72,  filters: 40,  squeeze: true,  activation: 'relu',      stride: 2 }, //  56²
  { block: 'inverted', kernel: 5, expanded: 120, filters: 40,  squeeze: true,  activation: 'relu',      stride: 1 }, //  28²
  { block: 'inverted', kernel: 5, expanded: 120, filters: 40,  squeeze: true,  activation: 'relu',      stride: 1 }, //  28²
  { block: 'inverted', kernel: 3, expanded: 240, filters: 80,  squeeze: false, activation: 'hardSwish', stride: 2 }, //  28²
  { block: 'inverted', kernel: 3, expanded: 200, filters: 80,  squeeze: false, activation: 'hardSwish', stride: 1 }, //  14²
  { block: 'inverted', kernel: 3, expanded: 184, filters: 80,  squeeze: false, activation: 'hardSwish', stride: 1 }, //  14²
  { block: 'inverted', kernel: 3, expanded: 184, filters: 80,  squeeze: false, activation: 'hardSwish', stride: 1 }, //  14²
  { block: 'inverted', kernel: 3, expanded: 480, filters: 112, squeeze: true,  activation: 'hardSwish', stride: 1 }, //  14²
  { block: 'inverted', kernel: 3, expanded: 672, filters: 112, squeeze: true,  activation: 'hardSwish', stride: 1 }, //  14²
  { block: 'inverted', kernel: 5, expanded: 672, filters: 160, squeeze: true,  activation: 'hardSwish', stride: 2 }, //  14²
  { block: 'inverted', kernel: 5, expanded: 960, filters: 160, squeeze: true,  activation: 'hardSwish', stride: 1 }, //   7²
  { block: 'inverted', kernel: 5, expanded: 960, filters: 160, squeeze: true,  activation: 'hardSwish', stride: 1 }, //   7²
] as const satisfies readonly BlockSpec[];

// One row a block of the paper's table 2, with the incoming resolution for 224×224 pictures.
// biome-ignore format: a table
const small = [
  { block: 'inverted', kernel: 3, expanded: 16,  filters: 16,  squeeze: true,  activation: 'relu',      stride: 2 }, // 112²
  { block: 'inverted', kernel: 3, expanded: 72,  filters: 24,  squeeze: false, activation: 'relu',      stride: 2 }, //  56²
  { block: 'inverted', kernel: 3, expanded: 88,  filters: 24,  squeeze: false, activation: 'relu',      stride: 1 }, //  28²
  { block: 'inverted', kernel: 5, expanded: 96,  filters: 40,  squeeze: true,  activation: 'hardSwish', stride: 2 }, //  28²
  { block: 'inverted', kernel: 5, expanded: 240, filters: 40,  squeeze: true,  activation: 'hardSwish', stride: 1 }, //  14²
  { block: 'inverted', kernel: 5, expanded: 240, filters: 40,  squeeze: true,  activation: 'hardSwish', stride: 1 }, //  14²
  { block: 'inverted', kernel: 5, expanded: 120, filters: 48,  squeeze: true,  activation: 'hardSwish', stride: 1 }, //  14²
  { block: 'inverted', kernel: 5, expanded: 144, filters: 48,  squeeze: true,  activation: 'hardSwish', stride: 1 }, //  14²
  { block: 'inverted', kernel: 5, expanded: 288, filters: 96,  squeeze: true,  activation: 'hardSwish', stride: 2 }, //  14²
  { block: 'inverted', kernel: 5, expanded: 576, filters: 96,  squeeze: true,  activation: 'hardSwish', stride: 1 }, //   7²
  { block: 'inverted', kernel: 5, expanded: 576, filters: 96,  squeeze: true,  activation: 'hardSwish', stride: 1 }, //   7²
] as const satisfies readonly BlockSpec[];

/** What both have. `momentum` is PyTorch's weight of the new batch: 0.01 where TensorFlow writes 0.99. */
const common = {
  stem: { filters: 16, stride: 2 }, // 224²
  activation: 'hardSwish',
  batchNorm: { epsilon: 1e-3, momentum: 0.01 },
} as const satisfies Partial<Architecture>;

/** Howard et al. 2019, "Searching for MobileNetV3", table 1, https://arxiv.org/abs/1905.02244 */
export const mobilenetV3Large: Network = {
  architecture: {
    name: 'mobilenet_v3_large',
    ...common,
    blocks: large,
    head: { filters: 960, units: 1280, start: 'normal' }, // 7²
    start: 'heNormalUngrouped',
  },
  cifar: { stem: { stride: 1 } },
};

/** Howard et al. 2019, "Searching for MobileNetV3", table 2, https://arxiv.org/abs/1905.02244 */
export const mobilenetV3Small: Network = {
  architecture: {
    name: 'mobilenet_v3_small',
    ...common,
    blocks: small,
    head: { filters: 576, units: 1024, start: 'normal' }, // 7²
    start: 'heNormalUngrouped',
  },
  cifar: { stem: { stride: 1 } },
};
