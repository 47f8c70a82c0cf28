import {
  dispose,
  memory,
  mul,
  randomNormal,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { input, type layers, loadLayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { io } from '@tensorflow/tfjs-core';
import { registerLayers } from '@mnet/layers';
import { expect } from 'vitest';

/** What a layer must show. */
export interface LayerContract {
  /** Makes a new layer of the same seed at every call. */
  create: () => layers.Layer;
  /** Without the batch. */
  inputShape: number[];
  /** Without the batch. */
  outputShape: number[];
  /** Shapes of all weights by name, in tfjs's order, without the layer's own name. */
  weights: Record<string, number[]>;
  /** How many of the weights, from the front, are trained. */
  trained: number;
  macs: number | null;
}
