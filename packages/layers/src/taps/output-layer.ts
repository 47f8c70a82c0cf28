import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { isModel } from './graph.ts';

/** The layer that makes a model's first output, which may stand within nested models. */
export function outputLayer(model: LayersModel): layers.Layer | undefined {
  let output = model.outputs[0];
  for (let layer = output?.sourceLayer; layer && isModel(layer); layer = output?.sourceLayer) {
    output = layer.outputs[output?.tensorIndex ?? 0];
  }
  return output?.sourceLayer;
}
