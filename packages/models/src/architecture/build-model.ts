import { deriveSeed, freshSeed } from '@mnet/core/random';
import {
  choice,
  custom,
  type Given,
  integer,
  nested,
  optional,
  options,
  type Resolved,
  resolve,
  text,
} from '@mnet/core/options';
import {
  BasicBlock,
  ConvBnAct,
  DenseAct,
  DepthwiseSeparableConv,
  dropPathOptions,
  GlobalAveragePool,
  InvertedResidual,
  MaxPool,
  type NormalizationOptions,
  SeededDropout,
  seededDropoutOptions,
} from '@mnet/layers';
import type { Activation } from '@mnet/ops';
import {
  initializers,
  input,
  layers,
  type LayersModel,
  model as createLayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { setModelInfo } from '../model-info.ts';
import { type Architecture, resolveArchitecture } from './architecture.ts';
import { type BatchNormSpec, batchNormSpec } from './batch-norm-spec.ts';
import type { ResolvedBlock } from './block-spec.ts';
import { dropPathRates } from './drop-path.ts';

/** Declares {@link BuildOptions}. */
export const buildOptions = options({
  /** Width of the classifier; at least 1, default 10. */
  classes: optional(integer({ min: 1 }), 10),
  /** [height, width, channels] of the pictures; default [32, 32, 3]. */
  inputShape: optional(
    custom<readonly number[]>('[height, width, channels], for example [32, 32, 3]', isShape),
    [32, 32, 3],
  ),
  /** Padding of every convolution; default `symmetric`, PyTorch's; weights from TensorFlow need `same`. */
  padding: optional(choice(['symmetric', 'same']), 'symmetric'),
  /** Share dropped before the classifier in training, in [0, 1); default 0. */
  dropout: optional(seededDropoutOptions.fields.rate.takes, 0),
  /**
   * Stochastic depth: share of the images, in [0, 1), for which a training step leaves out the branch of the last block with
   * a shortcut. It rises in a straight line over these blocks, from 0 at the first, as in timm's ResNets. Default 0.
   */
  dropPath: dropPathOptions.fields.dropPath,
  /**
   * Batch normalization of all layers; what is left out is the table's. A run of few steps needs a higher `momentum`
   * than MobileNetV3's 0.01: the moving statistics keep (1 − momentum)^steps of their start.
   */
  batchNorm: optional(nested(batchNormSpec)),
  /** The start of the weights, any safe integer; the same seed gives the same bits. Default: a fresh one. */
  seed: optional(integer()),
  /** The model's name; default: the architecture's. */
  name: optional(text('a name')),
});

/** What the builder needs besides the table. */
export interface BuildOptions extends Given<typeof buildOptions> {}

function isShape(value: unknown): boolean {
  const isSize = (size: unknown): boolean => Number.isSafeInteger(size) && (size as number) >= 1;
  return Array.isArray(value) && value.length === 3 && value.every(isSize);
}

/**
 * Builds a network from a table. One tfjs layer stands for one block, named `stem`, `stem_pool`, `block1`, `block2`, …,
 * `head`, `pool`, `hidden`, `dropout`, `classifier`; the output is logits, without a softmax.
 *
 * @returns a model from float32 [batch, height, width, channels] to float32 [batch, classes].
 * @throws if the table or an option is wrong.
 */
export function buildModel(architecture: Architecture, given: BuildOptions = {}): LayersModel {
  const table = resolveArchitecture(architecture);
  const wanted = resolve(buildOptions, given, 'buildModel');
  const { classes, inputShape, padding, dropout, seed = freshSeed(), name = table.name } = wanted;
  const { stem, blocks, head, activation, start } = table;
  const batchNorm = mergeBatchNorm(table.batchNorm, wanted.batchNorm);
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
      kernelSize: stem.kernel,
      stride: stem.stride,
      activation: stem.activation ?? activation,
    }),
    image,
  );
  if (stem.pool) x = apply(new MaxPool({ name: 'stem_pool', padding }), x);
  const dropPaths = dropPathRates(table, wanted.dropPath);
  let index = 0;
  for (const row of blocks) {
    for (let i = 0; i < row.repeat; i++) {
      const stride = i === 0 ? row.stride : 1;
      const dropPath = dropPaths[index] as number;
      x = apply(block(row, stride, activation, dropPath, common(`block${++index}`)), x);
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
        start: head.start,
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
  x = apply(classifier(classes, inputs, head.start, deriveSeed(seed, 'classifier')), x);
  const model = createLayersModel({ inputs: image, outputs: x, name });
  setModelInfo(model, { network: table.name, options: { ...given } });
  return model;
}

/** The table's settings where the options say nothing else; without keys that say nothing. */
function mergeBatchNorm(...specs: (Resolved<typeof batchNormSpec> | undefined)[]): BatchNormSpec {
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
  row: ResolvedBlock,
  stride: number,
  defaultActivation: Activation,
  dropPath: number,
  common: NormalizationOptions & { name: string; seed: number },
): layers.Layer {
  const layer = {
    ...common,
    filters: row.filters,
    kernelSize: row.kernel,
    stride,
    activation: row.activation ?? defaultActivation,
  };
  if (row.block === 'conv') return new ConvBnAct(layer);
  if (row.block === 'separable') return new DepthwiseSeparableConv(layer);
  if (row.block === 'basic') return new BasicBlock({ ...layer, dropPath });
  return new InvertedResidual({
    ...layer,
    dropPath,
    ...(row.expanded === undefined
      ? { expansion: row.expansion as number }
      : { expandedFilters: row.expanded }),
    squeezeReduction: row.squeeze ? 4 : 0,
  });
}

function apply(layer: layers.Layer, x: SymbolicTensor): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor;
}
