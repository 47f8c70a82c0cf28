import type { Architecture } from '../architecture/architecture.ts';
import type { BlockSpec } from '../architecture/block-spec.ts';
import type { Network } from './network.ts';

// Incoming resolution at 224×224 input, of the paper's tables 1 and 2.
const large = [
  { block: 'inverted', kernel: 3, expanded: 16, filters: 16, activation: 'relu', stride: 1 }, //                  112
  { block: 'inverted', kernel: 3, expanded: 64, filters: 24, activation: 'relu', stride: 2 }, //                  112
  { block: 'inverted', kernel: 3, expanded: 72, filters: 24, activation: 'relu', stride: 1 }, //                   56
  {
    block: 'inverted',
    kernel: 5,
    expanded: 72,
    filters: 40,
    squeeze: true,
    activation: 'relu',
    stride: 2,
  }, //    56
  {
    block: 'inverted',
    kernel: 5,
    expanded: 120,
    filters: 40,
    squeeze: true,
    activation: 'relu',
    stride: 1,
  }, //   28
  {
    block: 'inverted',
    kernel: 5,
    expanded: 120,
    filters: 40,
    squeeze: true,
    activation: 'relu',
    stride: 1,
  }, //   28
  { block: 'inverted', kernel: 3, expanded: 240, filters: 80, stride: 2 }, //                                      28
  { block: 'inverted', kernel: 3, expanded: 200, filters: 80, stride: 1 }, //                                      14
  { block: 'inverted', kernel: 3, expanded: 184, filters: 80, stride: 1 }, //                                      14
  { block: 'inverted', kernel: 3, expanded: 184, filters: 80, stride: 1 }, //                                      14
  { block: 'inverted', kernel: 3, expanded: 480, filters: 112, squeeze: true, stride: 1 }, //                      14
  { block: 'inverted', kernel: 3, expanded: 672, filters: 112, squeeze: true, stride: 1 }, //                      14
  { block: 'inverted', kernel: 5, expanded: 672, filters: 160, squeeze: true, stride: 2 }, //                      14
  { block: 'inverted', kernel: 5, expanded: 960, filters: 160, squeeze: true, stride: 1 }, //                       7
  { block: 'inverted', kernel: 5, expanded: 960, filters: 160, squeeze: true, stride: 1 }, //                       7
] as const satisfies readonly BlockSpec[];

const small = [
  {
    block: 'inverted',
    kernel: 3,
    expanded: 16,
    filters: 16,
    squeeze: true,
    activation: 'relu',
    stride: 2,
  }, //   112
  { block: 'inverted', kernel: 3, expanded: 72, filters: 24, activation: 'relu', stride: 2 }, //                   56
  { block: 'inverted', kernel: 3, expanded: 88, filters: 24, activation: 'relu', stride: 1 }, //                   28
  { block: 'inverted', kernel: 5, expanded: 96, filters: 40, squeeze: true, stride: 2 }, //                        28
  { block: 'inverted', kernel: 5, expanded: 240, filters: 40, squeeze: true, stride: 1 }, //                       14
  { block: 'inverted', kernel: 5, expanded: 240, filters: 40, squeeze: true, stride: 1 }, //                       14
  { block: 'inverted', kernel: 5, expanded: 120, filters: 48, squeeze: true, stride: 1 }, //                       14
  { block: 'inverted', kernel: 5, expanded: 144, filters: 48, squeeze: true, stride: 1 }, //                       14
  { block: 'inverted', kernel: 5, expanded: 288, filters: 96, squeeze: true, stride: 2 }, //                       14
  { block: 'inverted', kernel: 5, expanded: 576, filters: 96, squeeze: true, stride: 1 }, //                        7
  { block: 'inverted', kernel: 5, expanded: 576, filters: 96, squeeze: true, stride: 1 }, //                        7
] as const satisfies readonly BlockSpec[];

/** What both have: the paper's section 5 and its supplement's constants of batch normalization. */
const common = {
  stem: { filters: 16, stride: 2 }, // 224
  activation: 'hardSwish',
  batchNorm: { epsilon: 1e-3, momentum: 0.01 },
} as const satisfies Partial<Architecture>;

/** Howard et al. 2019, "Searching for MobileNetV3", table 1, https://arxiv.org/abs/1905.02244 */
export const mobilenetV3Large: Network = {
  architecture: {
    name: 'mobilenet_v3_large',
    ...common,
    blocks: large,
    head: { filters: 960, units: 1280, start: 'normal' }, // 7
  },
  cifar: { stem: { stride: 1 } },
};

/** Howard et al. 2019, "Searching for MobileNetV3", table 2, https://arxiv.org/abs/1905.02244 */
export const mobilenetV3Small: Network = {
  architecture: {
    name: 'mobilenet_v3_small',
    ...common,
    blocks: small,
    head: { filters: 576, units: 1024, start: 'normal' }, // 7
  },
  cifar: { stem: { stride: 1 } },
};
