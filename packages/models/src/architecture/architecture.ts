import type { KernelStart } from '@mnet/layers';
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
   * Start of the dense layers: `normal` (deviation 0.01, bias 0, as torchvision's MobileNets) or `uniform` (within
   * ±1/√inputs, PyTorch's default); default `uniform`.
   */
  readonly start?: 'normal' | 'uniform';
}

/** The batch normalization of all layers. */
export interface BatchNormSpec {
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number;
  /**
   * Weight of the new batch in the moving statistics, from 0 to 1; default 0.1. PyTorch's convention: TensorFlow and
   * Keras write 1 minus it, 0.9 for 0.1.
   */
  readonly momentum?: number;
}

/** A network as a table: everything that decides its weights, for one builder. */
export interface Architecture {
  readonly name: string;
  readonly stem: StemSpec;
  readonly blocks: readonly BlockSpec[];
  readonly head?: HeadSpec;
  /** Activation of every row that names none; default `relu`. */
  readonly activation?: Activation;
  /** Start of the convolutions; default `heNormalUngrouped`. */
  readonly start?: KernelStart;
  readonly batchNorm?: BatchNormSpec;
}
