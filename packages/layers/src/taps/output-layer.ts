import type { layers, LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { checkModel } from '../check-model.ts';
import { isModel } from './graph.ts';

/**
 * The layer that makes a model's first output, which may stand within nested models.
 *
 * @throws if it is no model.
 */
export function outputLayer(model: LayersModel): layers.Layer {
  checkModel(model);
  return makerOf(model.outputs[0] as SymbolicTensor);
}

function makerOf({ sourceLayer, tensorIndex }: SymbolicTensor): layers.Layer {
  return isModel(sourceLayer)
    ? makerOf(sourceLayer.outputs[tensorIndex] as SymbolicTensor)
    : sourceLayer;
}

/**
 * Whether a model's first output is a softmax's, as a layer or as an activation.
 *
 * @throws if it is no model.
 */
export function endsInSoftmax(model: LayersModel): boolean {
  const last = outputLayer(model);
  return last.getClassName() === 'Softmax' || last.getConfig()['activation'] === 'softmax';
}
