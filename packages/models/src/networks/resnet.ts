import { options } from '@mnet/core/options';
import type { BlockSpec } from '../architecture/block-spec.ts';
import { scaleWidth } from '../architecture/scale.ts';
import type { NameTable } from './name-table.ts';
import { network } from './network.ts';

// One row a stage, with the incoming resolution for 224×224 pictures.
// biome-ignore format: a table
const blocks = [
  { block: 'basic', filters: 64,  repeat: 2, stride: 1 }, // 56²
  { block: 'basic', filters: 128, repeat: 2, stride: 2 }, // 56²
  { block: 'basic', filters: 256, repeat: 2, stride: 2 }, // 28²
  { block: 'basic', filters: 512, repeat: 2, stride: 2 }, // 14²
] as const satisfies readonly BlockSpec[];

/** The same in both libraries. */
const names: NameTable = {
  stem: { conv: 'conv1', bn: 'bn1' },
  block: 'layer{s+1}.{b}',
  parts: {
    conv1: { conv: 'conv1', bn: 'bn1' },
    conv2: { conv: 'conv2', bn: 'bn2' },
    shortcut: { conv: 'downsample.0', bn: 'downsample.1' },
  },
  classifier: { linear: 'fc' },
  epsilon: 1e-5,
};

/** He et al. 2016, "Deep Residual Learning", table 1, column 18-layer, https://arxiv.org/abs/1512.03385 */
export const resnet18 = network({
  architecture: {
    name: 'resnet18',
    stem: { filters: 64, kernel: 7, stride: 2, pool: true }, // 224²
    blocks,
  },
  cifar: { stem: { kernel: 3, stride: 1, pool: false } },
  options: options({}),
  scaled: (table, { width }) => scaleWidth(table, { width }),
  names: { torchvision: names, timm: names },
});
