import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { checkModel } from '../check-model.ts';
import { isModel } from './graph.ts';

/**
 * The layer that makes a model's first output, which may stand within nested models.
 *
 * @throws if it is no model.
 */
export function outputLayer(model: LayersModel): layers.Layer | undefined {
  checkModel(model);
  let output = model.outputs[0];
  for (let layer = output?.sourceLayer; layer && isModel(layer); layer = output?.sourceLayer) {
    output = layer.outputs[output?.tensorIndex ?? 0];
  }
  return output?.sourceLayer;
}

/**
 * Whether a model's first output is a softmax's, as a layer or as an activation.
 *
 * @throws if it is no model.
 */
export function endsInSoftmax(model: LayersModel): boolean {
  const last = outputLayer(model);
  return last?.getClassName() === 'Softmax' || last?.getConfig()['activation'] === 'softmax';
}
