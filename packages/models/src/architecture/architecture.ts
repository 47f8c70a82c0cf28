import {
  boolean,
  type Given,
  list,
  nested,
  optional,
  options,
  type Resolved,
  required,
  resolve,
  text,
} from '@mnet/core/options';
import { blockOptions, convolutionOptions, denseActOptions } from '@mnet/layers';
import { batchNormSpec } from './batch-norm-spec.ts';
import { blockSpec, convolution } from './block-spec.ts';

const stemSpec = options({
  ...convolution,
  /** Whether a 3×3 maximum pooling of stride 2 follows; default false. */
  pool: optional(boolean(), false),
});

/** The first convolution, from pixels to channels. */
export interface StemSpec extends Given<typeof stemSpec> {}

const headSpec = options({
  /** Channels of the 1×1 convolution before the pooling; left out: none. */
  filters: optional(blockOptions.fields.filters.takes),
  /** Width of the dense layer between the pooling and the classifier; left out: none. */
  units: optional(denseActOptions.fields.units.takes),
  /** Activation of both; default: the architecture's. */
  activation: optional(denseActOptions.fields.activation.takes),
  /**
   * Start of the dense layers: `normal` (deviation 0.01, bias 0, as torchvision's MobileNets) or `uniform` (within
   * ±1/√inputs, PyTorch's default); default `uniform`.
   */
  start: optional(denseActOptions.fields.start.takes, 'uniform'),
});

/** What comes after the blocks: an optional 1×1 convolution, global pooling, an optional dense layer, the classifier. */
export interface HeadSpec extends Given<typeof headSpec> {}

const architectureSpec = options({
  /** The network's name. */
  name: required(text('a name')),
  /** The first convolution. */
  stem: required(nested(stemSpec)),
  /** The blocks, one row each, or one for several alike. */
  blocks: required(list(blockSpec, "an array of rows such as { block: 'conv', filters: 32 }")),
  /** What comes after the blocks. */
  head: optional(nested(headSpec)),
  /** Activation of every row that names none; default `relu`. */
  activation: convolutionOptions.fields.activation,
  /** Start of the convolutions; default `heNormalUngrouped`. */
  start: convolutionOptions.fields.start,
  /** Batch normalization of all layers; default: epsilon 1e-5, momentum 0.1. */
  batchNorm: optional(nested(batchNormSpec)),
});

/** A network as a table: everything that decides its weights, for one builder. */
export interface Architecture extends Given<typeof architectureSpec> {}

/** A table with its defaults. */
export interface ResolvedArchitecture extends Resolved<typeof architectureSpec> {
  readonly head: Resolved<typeof headSpec>;
}

/**
 * A table with its defaults filled in.
 *
 * @throws an error that names the entry that is wrong
 */
export function resolveArchitecture(architecture: Architecture): ResolvedArchitecture {
  const table = resolve(architectureSpec, architecture, 'architecture', 'architecture.');
  return { ...table, head: table.head ?? resolve(headSpec, {}, 'architecture.head') };
}
