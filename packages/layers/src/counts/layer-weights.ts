import { layers, type LayerVariable } from '@tensorflow/tfjs-layers';
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
  const all = new Set(layer.weights);
  const trained = new Set(trainedOf(layer).filter((weight) => all.has(weight)));
  return {
    trained: [...trained],
    untrained: [...all].filter((weight) => !trained.has(weight)),
  };
}

/** What tfjs's layers around other layers keep these as; a layer of a user's may mean something else by these names. */
type Wrapping = Readonly<
  Record<'layer' | 'forwardLayer' | 'backwardLayer' | 'cell' | 'cells', unknown>
>;

function trainedOf(layer: layers.Layer): LayerVariable[] {
  // The list behind the getter does not change when the layer is frozen.
  const own = layer['_trainableWeights'];
  const inner = within(layer);
  if (inner.length > 0) return [...inner.flatMap(trainedOf), ...own];
  return own.length > 0 ? own : layer.trainableWeights;
}

function within(layer: layers.Layer): readonly layers.Layer[] {
  if (isModel(layer)) return modelLayers(layer);
  const { layer: wrapped, forwardLayer, backwardLayer, cell, cells } = layer as unknown as Wrapping;
  const two = [forwardLayer, backwardLayer].filter(isLayer);
  if (two.length === 2) return two;
  const [one] = [wrapped, cell].filter(isLayer);
  if (one) return [one];
  return Array.isArray(cells) ? cells.filter(isLayer) : [];
}

function isLayer(value: unknown): value is layers.Layer {
  return value instanceof layers.Layer;
}
