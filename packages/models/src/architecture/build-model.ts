import { type Activation } from '@mnet/ops';
import { deriveSeed } from '@mnet/core/random';
import {
  BasicBlock,
  ConvBnAct,
  DenseAct,
  DepthwiseSeparableConv,
  GlobalAveragePool,
  InvertedResidual,
  MaxPool,
  type NormalizationOptions,
  SeededDropout,
} from '@mnet/layers';
import {
  initializers,
  input,
  layers,
  type LayersModel,
  model as createLayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { integerFrom, knownOptions, numberIn, oneOf, show } from '@mnet/core/check';
import { setModelInfo } from '../model-info.ts';
import type { Architecture, BatchNormSpec } from './architecture.ts';
import type { BlockSpec } from './block-spec.ts';
import { checkArchitecture, checkBatchNorm } from './check-architecture.ts';

/** What the builder needs besides the table. */
export interface BuildOptions {
  /** Width of the classifier; at least 1, default 10. */
  classes?: number;
  /** [height, width, channels] of the pictures; default [32, 32, 3]. */
  inputShape?: readonly number[];
  /** Padding of every convolution; default `symmetric`, PyTorch's; weights from TensorFlow need `same`. */
  padding?: 'symmetric' | 'same';
  /** Share dropped before the classifier in training, in [0, 1); default 0. */
  dropout?: number;
  /**
   * Batch normalization of all layers; what is left out is the table's. A run of few steps needs a higher `momentum`
   * than MobileNetV3's 0.01: the moving statistics keep (1 − momentum)^steps of their start.
   */
  batchNorm?: BatchNormSpec;
  /** The start of the weights; the same seed gives the same bits. Default: a fresh one. */
  seed?: number;
  /** The model's name; default: the architecture's. */
  name?: string;
}

/** Shape of the pictures where none is given: CIFAR's. */
export const defaultShape: readonly number[] = [32, 32, 3];

/** The names of {@link BuildOptions}. */
export const buildKeys: readonly string[] = [
  'classes',
  'inputShape',
  'padding',
  'dropout',
  'batchNorm',
  'seed',
  'name',
];

/**
 * Builds a network from a table. One tfjs layer stands for one block, named `stem`, `stem_pool`, `block1`, `block2`, …,
 * `head`, `pool`, `hidden`, `dropout`, `classifier`; the output is logits, without a softmax.
 *
 * @returns a model from float32 [batch, height, width, channels] to float32 [batch, classes].
 * @throws if the table or an option is wrong.
 */
export function buildModel(architecture: Architecture, options: BuildOptions = {}): LayersModel {
  checkArchitecture(architecture);
  knownOptions(options, buildKeys, 'buildModel');
  const {
    classes = 10,
    inputShape = defaultShape,
    padding = 'symmetric',
    dropout = 0,
    seed = Math.floor(Math.random() * 2 ** 31),
    name = architecture.name,
  } = options;
  integerFrom(classes, 1, 'classes');
  if (!Array.isArray(inputShape) || inputShape.length !== 3) {
    throw new TypeError(
      `inputShape: got ${show(inputShape)}, takes [height, width, channels], for example [32, 32, 3]`,
    );
  }
  for (const length of inputShape) integerFrom(length, 1, 'inputShape');
  oneOf(padding, ['symmetric', 'same'], 'padding');
  numberIn(dropout, 0, 1 - Number.EPSILON, 'dropout');
  if (options.batchNorm !== undefined) checkBatchNorm(options.batchNorm, 'batchNorm');
  integerFrom(seed, Number.MIN_SAFE_INTEGER, 'seed');

  const { stem, blocks, head = {}, activation = 'relu' } = architecture;
  const { start = 'heNormalUngrouped' } = architecture;
  const batchNorm = mergeBatchNorm(architecture.batchNorm, options.batchNorm);
  const common = (layer: string): NormalizationOptions & { name: string; seed: number } => ({
    ...batchNorm,
    padding,
    start,
    name: layer,
    seed: deriveSeed(seed, layer),
  });
  const image = input({ shape: [...inputShape], name: 'image' });
  let x = apply(
    new ConvBnAct({
      ...common('stem'),
      filters: stem.filters,
      kernelSize: stem.kernel ?? 3,
      stride: stem.stride ?? 1,
      activation: stem.activation ?? activation,
    }),
    image,
  );
  if (stem.pool) x = apply(new MaxPool({ name: 'stem_pool', padding }), x);
  let index = 0;
  for (const row of blocks) {
    for (let i = 0; i < (row.repeat ?? 1); i++) {
      const stride = i === 0 ? (row.stride ?? 1) : 1;
      x = apply(block(row, stride, activation, common(`block${++index}`)), x);
    }
  }
  if (head.filters !== undefined) {
    x = apply(
      new ConvBnAct({
        ...common('head'),
        filters: head.filters,
        kernelSize: 1,
        activation: head.activation ?? activation,
      }),
      x,
    );
  }
  x = apply(new GlobalAveragePool({ name: 'pool' }), x);
  if (head.units !== undefined) {
    x = apply(
      new DenseAct({
        name: 'hidden',
        units: head.units,
        activation: head.activation ?? activation,
        start: head.start ?? 'uniform',
        seed: deriveSeed(seed, 'hidden'),
      }),
      x,
    );
  }
  if (dropout > 0) {
    const layer = { name: 'dropout', rate: dropout, seed: deriveSeed(seed, 'dropout') };
    x = apply(new SeededDropout(layer), x);
  }
  const inputs = x.shape[1] as number;
  x = apply(
    classifier(classes, inputs, head.start ?? 'uniform', deriveSeed(seed, 'classifier')),
    x,
  );
  const model = createLayersModel({ inputs: image, outputs: x, name });
  setModelInfo(model, { network: architecture.name, options: options as Record<string, unknown> });
  return model;
}

/** The table's settings where the options say nothing else; without keys that say nothing. */
function mergeBatchNorm(...specs: (BatchNormSpec | undefined)[]): BatchNormSpec {
  const given = specs.flatMap((spec) => Object.entries(spec ?? {}));
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** The dense layer at the end. */
function classifier(
  units: number,
  inputs: number,
  start: 'normal' | 'uniform',
  seed: number,
): layers.Layer {
  const bound = 1 / Math.sqrt(inputs);
  const uniform = (part: string): ReturnType<typeof initializers.randomUniform> =>
    initializers.randomUniform({
      minval: -bound,
      maxval: bound,
      seed: deriveSeed(seed, part),
    });
  return layers.dense({
    name: 'classifier',
    units,
    kernelInitializer:
      start === 'uniform'
        ? uniform('kernel')
        : initializers.randomNormal({ mean: 0, stddev: 0.01, seed: deriveSeed(seed, 'kernel') }),
    biasInitializer: start === 'uniform' ? uniform('bias') : 'zeros',
  });
}

function block(
  row: BlockSpec,
  stride: number,
  defaultActivation: Activation,
  common: NormalizationOptions & { name: string; seed: number },
): layers.Layer {
  const options = {
    ...common,
    filters: row.filters,
    kernelSize: row.kernel ?? 3,
    stride,
    activation: row.activation ?? defaultActivation,
  };
  if (row.block === 'conv') return new ConvBnAct(options);
  if (row.block === 'separable') return new DepthwiseSeparableConv(options);
  if (row.block === 'basic') return new BasicBlock(options);
  return new InvertedResidual({
    ...options,
    ...(row.expanded === undefined
      ? { expansion: row.expansion as number }
      : { expandedFilters: row.expanded }),
    squeezeReduction: row.squeeze ? 4 : 0,
  });
}

function apply(layer: layers.Layer, x: SymbolicTensor): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor;
}
