import type { Activation } from '@mnet/ops';

/** The libraries of PyTorch whose names are known. */
export type Library = 'torchvision' | 'timm';

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
