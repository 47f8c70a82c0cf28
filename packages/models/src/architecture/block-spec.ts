import { oneOf } from '@mnet/core/check';
import {
  boolean,
  choice,
  type Given,
  integer,
  optional,
  options,
  type Resolved,
  required,
  resolve,
  type Takes,
} from '@mnet/core/options';
import { blockOptions, invertedResidualOptions } from '@mnet/layers';

const { filters, kernelSize, stride, activation } = blockOptions.fields;
const inverted = invertedResidualOptions.fields;

/** What the stem and every row have. */
export const convolution = {
  /** Output channels at width 1. */
  filters,
  /** Height and width of the kernel; default 3. */
  kernel: kernelSize,
  /** Stride; in a row that of its first block, the others have 1. Default 1. */
  stride,
  /** Default: the architecture's. */
  activation: optional(activation.takes),
};

const row = {
  ...convolution,
  /** Blocks in the row; default 1. */
  repeat: optional(integer({ min: 1 }), 1),
};

const convSpec = options({ block: required(choice(['conv'])), ...row });
const separableSpec = options({ block: required(choice(['separable'])), ...row });
const basicSpec = options({ block: required(choice(['basic'])), ...row });
const invertedSpec = options({
  block: required(choice(['inverted'])),
  ...row,
  /** Width between the pointwise convolutions as a multiple of the block's input. */
  expansion: inverted.expansion,
  /** The same width in channels, at width 1. */
  expanded: inverted.expandedFilters,
  /** Whether the block has a squeeze-and-excitation of reduction 4; default false. */
  squeeze: optional(boolean(), false),
});

/** A plain convolution with normalization and activation. */
export interface ConvSpec extends Given<typeof convSpec> {}

/** MobileNetV1's depthwise separable convolution. */
export interface SeparableSpec extends Given<typeof separableSpec> {}

/** MobileNetV2's and V3's inverted residual; exactly one of `expansion` and `expanded`. */
export interface InvertedSpec extends Given<typeof invertedSpec> {}

/** ResNet's block of two convolutions. */
export interface BasicSpec extends Given<typeof basicSpec> {}

/** One row of an architecture's table. */
export type BlockSpec = ConvSpec | SeparableSpec | InvertedSpec | BasicSpec;

/** The declaration of each kind of row. */
const kinds = {
  conv: convSpec,
  separable: separableSpec,
  inverted: invertedSpec,
  basic: basicSpec,
};
const kindNames = Object.keys(kinds) as readonly (keyof typeof kinds)[];

/** A row with its defaults. */
export type ResolvedBlock = Resolved<(typeof kinds)[keyof typeof kinds]>;

/** Takes a row of a table. */
export const blockSpec: Takes<BlockSpec, ResolvedBlock> = {
  text: "a row such as { block: 'conv', filters: 32 }",
  check: (value, argument) => {
    const { block } = (value ?? {}) as { block?: unknown };
    if (typeof value === 'object') oneOf(block, kindNames, `${argument}.block`);
    // Whichever it is, its rows are of the type that `block` says.
    const declared = (kinds[block as keyof typeof kinds] ?? convSpec) as typeof convSpec;
    const resolved = resolve(declared, value, argument, `${argument}.`) as ResolvedBlock;
    if (resolved.block !== 'inverted') return resolved;
    const { expansion, expanded } = resolved;
    if ((expansion === undefined) === (expanded === undefined)) {
      throw new TypeError(
        `${argument}: got expansion ${expansion} and expanded ${expanded}, takes exactly one of the two, for example expansion: 6`,
      );
    }
    return resolved;
  },
};
