import { util } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { checkModel } from '../check-model.ts';
import { layerWeights } from './layer-weights.ts';

/** How many values a model's weights hold. */
export interface ParameterCounts {
  /** Those that training changes by gradients, frozen ones included: the count that papers and tables of networks give. */
  readonly trained: number;
  /** How many of these are frozen at the moment. */
  readonly frozen: number;
  /** Those that training does not change by gradients, such as moving statistics. */
  readonly untrained: number;
}

/**
 * Counts the values of a model's weights. A weight that is shared counts once, and those of nested models count too.
 *
 * @param model any tf.LayersModel that is built
 * @throws if the model is not built, as a sequential model without an input shape.
 */
export function countParameters(model: LayersModel): ParameterCounts {
  checkModel(model);
  const { trained, untrained } = layerWeights(model);
  const all = countValues(trained);
  const training = countValues([...new Set(model.trainableWeights)]);
  return { trained: all, frozen: all - training, untrained: countValues(untrained) };
}

/** How many values some weights hold together. */
export function countValues(weights: readonly LayerVariable[]): number {
  return weights.reduce((total, { shape }) => total + util.sizeFromShape(shape as number[]), 0);
}
