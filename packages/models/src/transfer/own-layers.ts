import { modelLayers } from '@mnet/layers';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';

/**
 * A model's layers as its config lists them. The graph of a sequential model whose first layer is a model has that one's
 * layers in its place.
 *
 * @throws as `modelLayers` does
 */
export function ownLayers(model: LayersModel): readonly layers.Layer[] {
  // For its checks.
  modelLayers(model);
  return model.layers;
}
