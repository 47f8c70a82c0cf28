import type { Activation } from '@mnet/ops';
import type { ModelName } from '../registry.ts';

/** A convolution with its batch normalization: where PyTorch keeps the two. */
export interface ConvNames {
  readonly conv: string;
  readonly bn: string;
}

/** A dense layer with a bias: a Linear in PyTorch, or a 1×1 convolution. */
export type DenseNames = { readonly linear: string } | { readonly pointwise: string };

/**
 * The names that a library gives a network's modules. Strings may hold places:
 * `{i}` the block's number in the network from 1; `{s}` and `{s+1}` its stage from 0 and from 1; `{b}` its number
 * within the stage from 0; `{j}` and `{j+1}` the number of the part within the block from 0 and the one after it.
 * A stage is a run of blocks with the same filters in the network's table.
 */
export interface NameTable {
  readonly stem: ConvNames;
  /** Prefix of a block's parts. */
  readonly block: string;
  /** A block's parts by their names in @mnet/layers; a block that is a single convolution is named `.`. */
  readonly parts: Readonly<Record<string, ConvNames | DenseNames>>;
  /** The parts of an inverted residual whose expansion falls away, where they have other names. */
  readonly unexpanded?: Readonly<Record<string, ConvNames | DenseNames>>;
  readonly head?: ConvNames;
  readonly hidden?: DenseNames;
  readonly classifier: DenseNames;
  /** Epsilon of every batch normalization. */
  readonly epsilon: number;
  /** The library's activation, where it is not the one of the network's table. */
  readonly activation?: Activation;
}

/** torchvision 0.9 and later; MobileNetV1 and NormalCNN, which it lacks, in the manner of its MobileNetV2. */
export const torchvisionNames: Readonly<Record<ModelName, NameTable>> = {
  mobilenet_v1: {
    stem: { conv: 'features.0.0', bn: 'features.0.1' },
    block: 'features.{i}',
    parts: {
      depthwise: { conv: '0.0', bn: '0.1' },
      pointwise: { conv: '1.0', bn: '1.1' },
    },
    classifier: { linear: 'classifier' },
    epsilon: 1e-5,
  },
  normal_cnn: {
    stem: { conv: 'features.0.0', bn: 'features.0.1' },
    block: 'features.{i}',
    parts: { '.': { conv: '0', bn: '1' } },
    classifier: { linear: 'classifier' },
    epsilon: 1e-5,
  },
  mobilenet_v2: {
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
  mobilenet_v3_small: torchvisionV3('features.12'),
  mobilenet_v3_large: torchvisionV3('features.16'),
  resnet18: resnet(),
};

/** timm 1.0 and later; it has no NormalCNN. */
export const timmNames: Readonly<Partial<Record<ModelName, NameTable>>> = {
  mobilenet_v1: {
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
  mobilenet_v2: {
    ...timmInverted(),
    head: { conv: 'conv_head', bn: 'bn2' },
    classifier: { linear: 'classifier' },
  },
  mobilenet_v3_small: {
    ...timmInverted(),
    head: { conv: 'blocks.5.0.conv', bn: 'blocks.5.0.bn1' },
    hidden: { pointwise: 'conv_head' },
    classifier: { linear: 'classifier' },
  },
  mobilenet_v3_large: {
    ...timmInverted(),
    head: { conv: 'blocks.6.0.conv', bn: 'blocks.6.0.bn1' },
    hidden: { pointwise: 'conv_head' },
    classifier: { linear: 'classifier' },
  },
  resnet18: resnet(),
};

function torchvisionV3(head: string): NameTable {
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

/** The same in both libraries. */
function resnet(): NameTable {
  return {
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
}

/** Stem and blocks of MobileNetV2 and V3 in timm. */
function timmInverted(): Pick<NameTable, 'stem' | 'block' | 'parts' | 'unexpanded' | 'epsilon'> {
  const squeezeExcite = {
    'squeeze_excite/reduce': { pointwise: 'se.conv_reduce' },
    'squeeze_excite/expand': { pointwise: 'se.conv_expand' },
  };
  return {
    stem: { conv: 'conv_stem', bn: 'bn1' },
    block: 'blocks.{s}.{b}',
    parts: {
      expand: { conv: 'conv_pw', bn: 'bn1' },
      depthwise: { conv: 'conv_dw', bn: 'bn2' },
      ...squeezeExcite,
      project: { conv: 'conv_pwl', bn: 'bn3' },
    },
    unexpanded: {
      depthwise: { conv: 'conv_dw', bn: 'bn1' },
      ...squeezeExcite,
      project: { conv: 'conv_pw', bn: 'bn2' },
    },
    epsilon: 1e-5,
  };
}
