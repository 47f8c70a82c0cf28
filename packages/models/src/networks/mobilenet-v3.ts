import { choice, type Given, optional, options, type Resolved } from '@mnet/core/options';
import type { Architecture } from '../architecture/architecture.ts';
import type { BlockSpec } from '../architecture/block-spec.ts';
import { restride, scaleWidth } from '../architecture/scale.ts';
import type { NameTable } from './name-table.ts';
import { network, type ScaledBy } from './network.ts';
import { imagenet1k } from './pretrained-weights.ts';
import { timmInverted } from './timm-inverted.ts';

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

const own = options({
  /**
   * `paper` (default) scales the blocks' outputs, keeps each expansion's ratio, and leaves the stem and the dense layer
   * as they are; `torchvision` scales every column.
   */
  widthRule: optional(choice(['paper', 'torchvision']), 'paper'),
  /**
   * Stride of the first stage that strides after the stem; default 2; 1 keeps small pictures large for longer. `strides`
   * that are an array must agree.
   */
  initialStride: optional(choice([1, 2]), 2),
});

/** What MobileNetV3 takes besides. */
export interface MobileNetV3Options extends Given<typeof own> {}

function scaled(
  table: Architecture,
  { width, widthRule, initialStride, strides }: ScaledBy & Resolved<typeof own>,
): Architecture {
  const first = table.blocks.findIndex(({ stride }) => stride === 2);
  const asked = Array.isArray(strides) ? strides[first + 1] : undefined;
  if (initialStride === 1 && asked !== undefined && asked !== 1) {
    throw new TypeError(
      `initialStride: got 1 beside strides that give that stage ${asked}, takes one of the two`,
    );
  }
  const strided = initialStride === 1 ? restride(table, {}, { [first + 1]: 1 }) : table;
  return scaleWidth(strided, { width, rule: widthRule === 'paper' ? 'ratio' : 'uniform' });
}

/** @param head the module of the 1×1 convolution */
function torchvisionNames(head: string): NameTable {
  return {
    stem: { conv: 'features.0.0', bn: 'features.0.1' },
    block: 'features.{i}.block',
    parts: {
      expand: { conv: '{j}.0', bn: '{j}.1' },
      depthwise: { conv: '{j}.0', bn: '{j}.1' },
      'squeeze_excite/reduce': { pointwise: '{j}.fc1' },
      'squeeze_excite/expand': { pointwise: '{j}.fc2' },
      project: { conv: '{j}.0', bn: '{j}.1' },
    },
    head: { conv: `${head}.0`, bn: `${head}.1` },
    hidden: { linear: 'classifier.0' },
    classifier: { linear: 'classifier.3' },
    epsilon: 1e-3,
  };
}

/** @param head the module of the 1×1 convolution */
function timmNames(head: string): NameTable {
  return {
    ...timmInverted(),
    head: { conv: `${head}.conv`, bn: `${head}.bn1` },
    hidden: { pointwise: 'conv_head' },
    classifier: { linear: 'classifier' },
  };
}

/** What both have. `momentum` is PyTorch's weight of the new batch: 0.01 where TensorFlow writes 0.99. */
const common = {
  stem: { filters: 16, stride: 2 }, // 224²
  activation: 'hardSwish',
  batchNorm: { epsilon: 1e-3, momentum: 0.01 },
} as const satisfies Partial<Architecture>;

/** Howard et al. 2019, "Searching for MobileNetV3", table 1, https://arxiv.org/abs/1905.02244 */
export const mobilenetV3Large = network({
  architecture: {
    name: 'mobilenet_v3_large',
    ...common,
    blocks: large,
    head: { filters: 960, units: 1280, start: 'normal' }, // 7²
    start: 'heNormalUngrouped',
  },
  cifar: { stem: { stride: 1 } },
  options: own,
  scaled,
  names: { torchvision: torchvisionNames('features.16'), timm: timmNames('blocks.6.0') },
  pretrained: {
    'mobilenetv3_large_100.ra_in1k': {
      ...imagenet1k,
      repo: 'timm/mobilenetv3_large_100.ra_in1k',
      revision: '96f46a1c52932f27492dff66c72378eb99b443a7',
      sha256: 'f425af34cc1cead2b5d6211f789a1f30b94835dc32f9c0fcc5a916e4fd2dde85',
      bytes: 22_058_321,
      library: 'timm',
      licence: 'Apache-2.0',
    },
  },
});

/** Howard et al. 2019, "Searching for MobileNetV3", table 2, https://arxiv.org/abs/1905.02244 */
export const mobilenetV3Small = network({
  architecture: {
    name: 'mobilenet_v3_small',
    ...common,
    blocks: small,
    head: { filters: 576, units: 1024, start: 'normal' }, // 7²
    start: 'heNormalUngrouped',
  },
  cifar: { stem: { stride: 1 } },
  options: own,
  scaled,
  names: { torchvision: torchvisionNames('features.12'), timm: timmNames('blocks.5.0') },
  pretrained: {
    'mobilenetv3_small_100.lamb_in1k': {
      ...imagenet1k,
      repo: 'timm/mobilenetv3_small_100.lamb_in1k',
      revision: '1824797e7887cbec1990e4adbd6675960a36c589',
      sha256: '46d2c063b18125884c48937afa4c49e18128869e52e8db96df48bf0a4d7ff697',
      bytes: 10_241_912,
      library: 'timm',
      licence: 'Apache-2.0',
    },
  },
});
