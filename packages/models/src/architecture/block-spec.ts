import type { Activation } from '@mnet/ops';

/** What all rows of a table have. */
interface Row {
  /** Output channels at width 1. */
  readonly filters: number;
  /** Height and width of the kernel; default 3. */
  readonly kernel?: number;
  /** Stride of the row's first block, the others have 1; default 1. */
  readonly stride?: number;
  /** Blocks in the row; default 1. */
  readonly repeat?: number;
  /** Default: the architecture's. */
  readonly activation?: Activation;
}

/** A plain convolution with normalization and activation. */
export interface ConvSpec extends Row {
  readonly block: 'conv';
}

/** MobileNetV1's depthwise separable convolution. */
export interface SeparableSpec extends Row {
  readonly block: 'separable';
}

/** MobileNetV2's and V3's inverted residual; exactly one of `expansion` and `expanded`. */
export interface InvertedSpec extends Row {
  readonly block: 'inverted';
  /** Width between the pointwise convolutions as a multiple of the block's input. */
  readonly expansion?: number;
  /** The same width in channels, at width 1. */
  readonly expanded?: number;
  /** Whether the block has a squeeze-and-excitation of reduction 4; default false. */
  readonly squeeze?: boolean;
}

/** ResNet's block of two convolutions. */
export interface BasicSpec extends Row {
  readonly block: 'basic';
}

/** One row of an architecture's table. */
export type BlockSpec = ConvSpec | SeparableSpec | InvertedSpec | BasicSpec;
