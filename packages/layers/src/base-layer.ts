import type { Tensor } from '@tensorflow/tfjs-core';
import { layers, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import { refuseOtherCopy } from './other-copy.ts';
import type { CostedLayer } from './costed-layer.ts';
import type { WeightInitializer } from './initializers.ts';

/** Keyword arguments of a layer's call. */
export interface CallOptions {
  /** true normalizes with the batch's statistics, updates the moving ones and drops units; default false. */
  training?: boolean;
  [key: string]: unknown;
}

/** A tfjs layer of one input and one output that says what it costs. */
export abstract class BaseLayer extends layers.Layer implements CostedLayer {
  abstract countMacs(inputShape: Shape): number | null;

  /** The layer's output for one input, inside the caller's tidy. */
  protected abstract forward(x: Tensor, options: CallOptions): Tensor;

  override call(inputs: Tensor | Tensor[], options: CallOptions): Tensor {
    this.invokeCallHook(inputs, options);
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor;
    // A symbolic tensor of this copy of tfjs-layers never comes here.
    if ((x as { sourceLayer?: unknown }).sourceLayer !== undefined) {
      refuseOtherCopy(this.name, 'a symbolic tensor');
    }
    return this.forward(x, options ?? {});
  }

  /** Adds a float32 weight that starts from `initializer`. */
  protected weight(
    name: string,
    shape: readonly number[],
    initializer: WeightInitializer,
    trainable: boolean = true,
  ): LayerVariable {
    type Initializer = Parameters<layers.Layer['addWeight']>[3];
    return this.addWeight(
      name,
      [...shape],
      'float32',
      initializer as unknown as Initializer,
      undefined,
      trainable,
    );
  }
}
