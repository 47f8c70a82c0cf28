import { CompositeLayer, ConvolutionBlock } from '@mnet/layers';
import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable, layers } from '@tensorflow/tfjs-layers';

/** The moving statistics of one batch normalization. */
export interface BatchNorm {
  /** Of the layer. */
  readonly name: string;
  readonly mean: Variable;
  readonly variance: Variable;
  /** Whether training moves them; a frozen layer keeps them. */
  readonly moves: boolean;
  /** Weight of the new batch, from 0 to 1: moving ← (1 − momentum) · moving + momentum · batch. */
  momentum: number;
}

/** TensorFlow.js's own layer; its momentum is the weight of what was there before. */
interface StockBatchNorm extends layers.Layer {
  momentum: number;
  movingMean: LayerVariable;
  movingVariance: LayerVariable;
}

/** Every batch normalization of a model: of this project's layers, TensorFlow.js's own, and those of nested models. */
export function batchNormsOf(model: LayersModel): BatchNorm[] {
  return [...new Set(partsOf(model.layers))].flatMap((layer) => {
    if (layer instanceof ConvolutionBlock) return ownNorm(layer);
    return layer.getClassName() === 'BatchNormalization' ? stockNorm(layer as StockBatchNorm) : [];
  });
}

/** Names of weights that look like moving statistics and are none of {@link batchNormsOf}. */
export function unknownStatistics(model: LayersModel): string[] {
  const known = new Set(batchNormsOf(model).flatMap(({ mean, variance }) => [mean, variance]));
  return model.nonTrainableWeights
    .filter(({ originalName }) => /moving_(mean|variance)/.test(originalName))
    .filter((weight) => !known.has(weight.read() as Variable))
    .map(({ originalName }) => originalName);
}

/** The layers, with those inside of nested models and of layers made of layers in their places. */
function partsOf(all: readonly layers.Layer[]): layers.Layer[] {
  return all.flatMap((layer) => {
    if (layer instanceof CompositeLayer) return partsOf(layer.sublayers);
    const { layers: nested } = layer as Partial<LayersModel>;
    return Array.isArray(nested) ? partsOf(nested) : [layer];
  });
}

function ownNorm(layer: ConvolutionBlock): BatchNorm[] {
  const { movingStatistics: statistics } = layer;
  if (!statistics) return [];
  return [
    {
      name: layer.name,
      mean: statistics.movingMean,
      variance: statistics.movingVariance,
      moves: layer.movesStatistics,
      get momentum() {
        return statistics.momentum;
      },
      set momentum(momentum) {
        statistics.momentum = momentum;
      },
    },
  ];
}

function stockNorm(layer: StockBatchNorm): BatchNorm[] {
  const given = layer.momentum;
  return [
    {
      name: layer.name,
      mean: layer.movingMean.read() as Variable,
      variance: layer.movingVariance.read() as Variable,
      moves: layer.trainable,
      get momentum() {
        return 1 - layer.momentum;
      },
      set momentum(momentum) {
        // Rounding would leave 0.1 as 0.09999999999999998, which is saved with the model.
        layer.momentum = momentum === 1 - given ? given : 1 - momentum;
      },
    },
  ];
}
