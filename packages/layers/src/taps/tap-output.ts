import type { layers, LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { modelLayers, nodesIn } from './graph.ts';

/**
 * Makes the error for a name that no layer of a model has.
 *
 * @param known the model's layers in the order of its graph, its inputs among them
 */
export type RefuseTap = (name: string, known: readonly layers.Layer[]) => Error;

/**
 * The output of a model's layer where the model uses it first.
 *
 * @param name the layer's name; layers within nested models have none here
 * @param refuse makes the error where the model has no such layer
 * @throws RangeError if the layer has several outputs there.
 */
export function tapOutput(model: LayersModel, name: string, refuse: RefuseTap): SymbolicTensor {
  const known = modelLayers(model);
  const layer = known.find((candidate) => candidate.name === name);
  const [node] = layer ? nodesIn(model, layer) : [];
  if (!node) throw refuse(name, known);
  const [output, ...more] = node.outputTensors;
  if (more.length > 0) {
    throw new RangeError(
      `taps: got the layer '${name}' of '${model.name}', which has ${more.length + 1} outputs; takes a layer of one`,
    );
  }
  return output as SymbolicTensor;
}
