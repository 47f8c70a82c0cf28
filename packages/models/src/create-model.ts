import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Architecture } from './architecture/architecture.ts';
import {
  type BuildOptions,
  buildKeys,
  buildModel,
  defaultShape,
} from './architecture/build-model.ts';
import { restride, scaleWidth } from './architecture/scale.ts';
import { booleanValue, integerFrom, knownOptions, numberIn, oneOf, show } from '@mnet/core/check';
import { setModelInfo } from './model-info.ts';
import type { Network } from './networks/network.ts';
import { listModels, type ModelName, registry } from './registry.ts';

/** The names of strides. */
const namedStrides = ['paper', 'stem1', 'cifar'] as const;
type NamedStrides = (typeof namedStrides)[number];
type Strides = NamedStrides | readonly number[];

/** What decides a network's table, for all networks. */
export interface ArchitectureOptions {
  /** Multiplier of the channels, greater than 0; default 1. */
  width?: number;
  /**
   * How fast pictures shrink on their way through the network:
   * - `paper`: as in its paper, for pictures of some 224×224
   * - `stem1`: the same, but stride 1 in the first convolution; ResNet's pooling after it stays
   * - `cifar`: for pictures of 32×32. Stride 1 in the first convolution, in MobileNetV2 also in the stage of 24
   *   channels; in ResNet a 3×3 stem without the pooling
   * - an array: the stem's and that of each row of the table, all of them
   *
   * Default: `cifar` for pictures of at most 64×64, `paper` for larger ones. A table of {@link architecture} is for no
   * size of pictures: there, `paper`.
   */
  strides?: Strides;
}

/** What MobileNetV2 takes besides. */
export interface MobileNetV2Options {
  /** Whether the last convolution, 1,280 wide, shrinks too at widths below 1; default false, as in the paper. */
  scaleHead?: boolean;
}

/** What MobileNetV3 takes besides. */
export interface MobileNetV3Options {
  /**
   * `paper` (default) scales the blocks' outputs, keeps each expansion's ratio, and leaves the stem and the dense layer
   * as they are; `torchvision` scales every column.
   */
  widthRule?: 'paper' | 'torchvision';
  /** Stride of the first stage that strides after the stem; default 2; 1 keeps small pictures large for longer. */
  initialStride?: 1 | 2;
}

/** Nothing besides. */
type NoOptions = { [key in never]: never };

/** What each network adds to {@link ArchitectureOptions}. */
export interface OwnOptions {
  mobilenet_v1: NoOptions;
  mobilenet_v2: MobileNetV2Options;
  mobilenet_v3_small: MobileNetV3Options;
  mobilenet_v3_large: MobileNetV3Options;
  normal_cnn: NoOptions;
  resnet18: NoOptions;
}

/** The options of {@link createModel} for the network of this name. */
export type ModelOptions<Name extends ModelName = ModelName> = BuildOptions &
  ArchitectureOptions &
  OwnOptions[Name];

const architectureKeys = ['width', 'strides'] as const;
const ownKeys: { readonly [Name in ModelName]: readonly string[] } = {
  mobilenet_v1: [],
  mobilenet_v2: ['scaleHead'],
  mobilenet_v3_small: ['widthRule', 'initialStride'],
  mobilenet_v3_large: ['widthRule', 'initialStride'],
  normal_cnn: [],
  resnet18: [],
};

/**
 * The table of a network after its options: what {@link buildModel} builds, and a start for a table of your own.
 *
 * @throws if the name or an option is not one of the network's.
 */
export function architecture<Name extends ModelName>(
  name: Name,
  options: ArchitectureOptions & OwnOptions[Name] = {},
): Architecture {
  oneOf(name, listModels(), 'name');
  knownOptions(options, [...architectureKeys, ...ownKeys[name]], `architecture('${name}')`);
  const {
    width = 1,
    strides = 'paper',
    scaleHead,
    widthRule = 'paper',
    initialStride = 2,
  } = options as ArchitectureOptions & MobileNetV2Options & MobileNetV3Options;
  numberIn(width, Number.MIN_VALUE, 1e3, 'width');
  if (scaleHead !== undefined) booleanValue(scaleHead, 'scaleHead');
  oneOf(widthRule, ['paper', 'torchvision'], 'widthRule');
  oneOf(initialStride, [1, 2], 'initialStride');
  const network: Network = registry[name];
  let table = network.architecture;
  if (strides === 'cifar') table = restride(table, network.cifar.stem, network.cifar.strides);
  else if (strides === 'stem1') table = restride(table, { stride: 1 });
  if (initialStride === 1) {
    const first = table.blocks.findIndex(({ stride }) => stride === 2);
    table = restride(table, {}, { [first + 1]: 1 });
  }
  if (!isNamed(strides)) table = withStrides(table, strides);
  const isV3 = name === 'mobilenet_v3_small' || name === 'mobilenet_v3_large';
  return scaleWidth(table, {
    width,
    rule: isV3 && widthRule === 'paper' ? 'ratio' : 'uniform',
    scaleHead: name === 'mobilenet_v2' ? (scaleHead ?? false) : true,
  });
}

/**
 * Makes a network of the registry.
 *
 * @param name one of {@link listModels}
 * @param options the network's; the type follows from the name
 * @returns a model from float32 [batch, height, width, channels] to logits, float32 [batch, classes].
 * @throws if the name or an option is not one of the network's.
 */
export function createModel<Name extends ModelName>(
  name: Name,
  options: ModelOptions<Name> = {},
): LayersModel {
  oneOf(name, listModels(), 'name');
  const keys = [...buildKeys, ...architectureKeys, ...ownKeys[name]];
  knownOptions(options, keys, `createModel('${name}')`);
  const { strides = stridesFor(options.inputShape) } = options;
  const given = { ...options, strides };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  const build = entries.filter(([key]) => buildKeys.includes(key));
  const shape = entries.filter(([key]) => !buildKeys.includes(key));
  const table = architecture(name, Object.fromEntries(shape) as OwnOptions[Name]);
  const model = buildModel(table, Object.fromEntries(build));
  setModelInfo(model, { network: name, options: Object.fromEntries(entries) });
  return model;
}

/** The largest pictures that get the strides for small ones. */
const smallSide = 64;

/** Strides for pictures of this shape, where none are asked for. */
function stridesFor(inputShape: readonly number[] = defaultShape): Strides {
  const [height = 0, width = 0] = Array.isArray(inputShape) ? inputShape : [];
  return Math.max(height, width) <= smallSide ? 'cifar' : 'paper';
}

function isNamed(strides: Strides): strides is NamedStrides {
  return namedStrides.includes(strides as NamedStrides);
}

function withStrides(table: Architecture, strides: readonly number[]): Architecture {
  const count = table.blocks.length + 1;
  if (!Array.isArray(strides) || strides.length !== count) {
    throw new TypeError(
      `strides: got ${show(strides)}, takes 'paper', 'stem1', 'cifar', or ${count} integers for ${table.name}: the stem's and one for each row of its table`,
    );
  }
  for (const stride of strides) integerFrom(stride, 1, 'strides');
  const [stem, ...rows] = strides as [number, ...number[]];
  return restride(table, { stride: stem }, Object.fromEntries(rows.map((s, i) => [i + 1, s])));
}
