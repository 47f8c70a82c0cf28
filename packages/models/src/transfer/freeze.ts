import type { Tensor } from '@tensorflow/tfjs-core';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { show } from '@mnet/core/check';
import { isModel, modelLayers, nodesIn } from '@mnet/layers';
import { ownLayers } from './own-layers.ts';

/**
 * Freezes a layer and all layers before it: their weights no longer train, and their batch normalization uses the
 * moving statistics and leaves them as they are. That holds for tfjs's own BatchNormalization too, which would
 * otherwise go on moving them in `fit`. A saved model says of that one no more than that it is frozen: call `freeze`
 * again after loading.
 *
 * @param until name of the last layer to freeze; default: the one before the classifier, the model's last layer
 * @returns the model itself. Compile it after freezing, if `fit` is to be used.
 * @throws if the model has no such layer.
 */
export function freeze(model: LayersModel, until?: string): LayersModel {
  for (const layer of upTo(model, until)) setTrainable(layer, false);
  return model;
}

/**
 * Makes all layers of a model train again.
 *
 * @returns the model itself.
 */
export function unfreeze(model: LayersModel): LayersModel {
  for (const layer of ownLayers(model)) setTrainable(layer, true);
  return model;
}

function setTrainable(layer: layers.Layer, trainable: boolean): void {
  if (isModel(layer)) {
    for (const inner of ownLayers(layer)) setTrainable(inner, trainable);
  }
  layer.trainable = trainable;
  if (layer.getClassName() === 'BatchNormalization') respectFreezing(layer);
}

const respectful = new WeakSet<layers.Layer>();

/** Lets a copy of tfjs's own batch normalization run as the layer does that it is a copy of. */
export function copyFreezing(from: layers.Layer, to: layers.Layer): void {
  if (respectful.has(from)) respectFreezing(to);
}

/** Lets tfjs's own batch normalization run as in inference while it is frozen. */
function respectFreezing(layer: layers.Layer): void {
  if (respectful.has(layer)) return;
  respectful.add(layer);
  const call = layer.call.bind(layer);
  layer.call = (inputs, options): Tensor | Tensor[] =>
    call(inputs, layer.trainable ? options : { ...options, training: false });
}

/** The layer and its ancestors in the graph. */
function upTo(model: LayersModel, until: string | undefined): Set<layers.Layer> {
  const all = modelLayers(model);
  const last = until === undefined ? all.at(-1) : all.find(({ name }) => name === until);
  if (!last) {
    const names = all.map(({ name }) => show(name)).join(', ');
    throw new TypeError(`until: got ${show(until)}, takes one of ${names}`);
  }
  const found = new Set<layers.Layer>();
  const queue = [last];
  for (let layer = queue.pop(); layer; layer = queue.pop()) {
    if (found.has(layer)) continue;
    found.add(layer);
    for (const node of nodesIn(model, layer)) queue.push(...node.inboundLayers);
  }
  if (until === undefined) found.delete(last);
  return found;
}
