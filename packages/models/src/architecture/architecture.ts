import type { Activation } from '@mnet/ops';
import type { BlockSpec } from './block-spec.ts';

/** The first convolution, from pixels to channels. */
export interface StemSpec {
  readonly filters: number;
  /** Default 3. */
  readonly kernel?: number;
  /** Default 1. */
  readonly stride?: number;
  /** Default: the architecture's. */
  readonly activation?: Activation;
  /** Whether a 3×3 maximum pooling of stride 2 follows; default false. */
  readonly pool?: boolean;
}

/** What comes after the blocks: an optional 1×1 convolution, global pooling, an optional dense layer, the classifier. */
export interface HeadSpec {
  /** Channels of the 1×1 convolution before the pooling; left out: none. */
  readonly filters?: number;
  /** Width of the dense layer between the pooling and the classifier; left out: none. */
  readonly units?: number;
  /** Activation of both; default: the architecture's. */
  readonly activation?: Activation;
  /**
   * Start of the classifier: `normal` (deviation 0.01, bias 0, as torchvision's MobileNets) or `uniform` (within
   * ±1/√inputs, PyTorch's default); default `uniform`.
   */
  readonly start?: 'normal' | 'uniform';
}

/** A network as a table: everything that decides its weights, for one builder. */
export interface Architecture {
  readonly name: string;
  readonly stem: StemSpec;
  readonly blocks: readonly BlockSpec[];
  readonly head?: HeadSpec;
  /** Activation of every row that names none; default `relu`. */
  readonly activation?: Activation;
  /** Default 1e-5 and 0.1. `momentum` is the weight of the new batch, PyTorch's convention. */
  readonly batchNorm?: { readonly epsilon: number; readonly momentum: number };
}
