import { options } from '@mnet/core/options';
import type { BlockSpec } from '../architecture/block-spec.ts';
import { scaleWidth } from '../architecture/scale.ts';
import type { NameTable } from './name-table.ts';
import { network } from './network.ts';
import { imagenet1k } from './pretrained-weights.ts';

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
  pretrained: {
    'resnet18.a1_in1k': {
      ...imagenet1k,
      repo: 'timm/resnet18.a1_in1k',
      revision: '491b427b45c94c7fb0e78b5474cc919aff584bbf',
      sha256: '80c49dee3da4822c009c5a7fe591e9223c5a2cfcf95a4067ca4dfb5a7b89c612',
      bytes: 46_807_446,
      library: 'timm',
      licence: 'Apache-2.0',
    },
    // torchvision's ResNet18_Weights.IMAGENET1K_V1.
    'resnet18.tv_in1k': {
      ...imagenet1k,
      repo: 'timm/resnet18.tv_in1k',
      revision: 'bbd144b3e5565108aad885f145491d11bc6ce807',
      sha256: '694f673df6520a3158624e8a89af086f59923ee4cd7436fe5bc3bc71d295ad81',
      bytes: 46_807_446,
      library: 'timm',
      licence: 'BSD-3-Clause',
    },
  },
});
