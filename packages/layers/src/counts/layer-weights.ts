import type { layers, LayerVariable } from '@tensorflow/tfjs-layers';
import { isModel, modelLayers } from '../taps/graph.ts';

/** A layer's weights by what training does with them. */
export interface LayerWeights {
  /** Those that training changes by gradients, frozen ones included. */
  readonly trained: readonly LayerVariable[];
  /** Those that it does not, such as moving statistics. */
  readonly untrained: readonly LayerVariable[];
}

/**
 * The weights of a layer, each once. Freezing changes nothing: a frozen kernel is among the trained ones, where tfjs's own
 * `trainableWeights` would leave it out.
 *
 * @param layer any layer; of a model, and of a layer that wraps others, it is their weights
 */
export function layerWeights(layer: layers.Layer): LayerWeights {
  const trained = new Set(trainedOf(layer));
  return {
    trained: [...trained],
    untrained: [...new Set(layer.weights)].filter((weight) => !trained.has(weight)),
  };
}

/** What tfjs's layers around other layers keep these as. */
interface Wrapping {
  readonly layer?: layers.Layer;
  readonly forwardLayer?: layers.Layer;
  readonly backwardLayer?: layers.Layer;
  readonly cell?: layers.Layer;
  readonly cells?: readonly layers.Layer[];
}

function trainedOf(layer: layers.Layer): LayerVariable[] {
  const inner = within(layer);
  if (inner.length > 0) return inner.flatMap(trainedOf);
  // The list behind the getter does not change when the layer is frozen.
  const own = layer['_trainableWeights'];
  return own.length > 0 ? own : layer.trainableWeights;
}

function within(layer: layers.Layer): readonly layers.Layer[] {
  if (isModel(layer)) return modelLayers(layer);
  const { layer: wrapped, forwardLayer, backwardLayer, cell, cells } = layer as unknown as Wrapping;
  if (forwardLayer && backwardLayer) return [forwardLayer, backwardLayer];
  const one = wrapped ?? cell;
  return one ? [one] : (cells ?? []);
}
