import { checkModel, modelLayers, nodesIn, outputShapes } from '@mnet/layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** One named tap of a model: a layer whose output is a map of features. */
export interface Feature {
  /** The layer's name, which {@link featureModel} takes. */
  name: string;
  channels: number;
  /** Height of the model's input over the map's, rounded: 8 means one value for 8×8 pixels. */
  reduction: number;
  /** Whether it is the last map of its size before the pictures shrink or the maps end. */
  stageEnd: boolean;
}

/**
 * The taps of a model in the order of its graph: every layer that puts out [batch, height, width, channels] of known
 * sizes, for example `stem`, `block1`, …, `head`.
 *
 * @throws if the model has not one input of rank 4 with a known height.
 */
export function featureInfo(model: LayersModel): Feature[] {
  checkModel(model);
  const inputHeight = model.inputs[0]?.shape[1];
  if (model.inputs.length !== 1 || model.inputs[0]?.rank !== 4 || inputHeight == null) {
    throw new TypeError(
      `model: got inputs ${JSON.stringify(model.inputs.map(({ shape }) => shape))}, takes one of [batch, height, width, channels] with a known height`,
    );
  }
  const features: Feature[] = [];
  for (const layer of modelLayers(model)) {
    const [node] = nodesIn(model, layer);
    if (!node?.inboundLayers.length) continue;
    const [shape = []] = outputShapes(node);
    const [, height, , channels] = shape;
    if (shape.length !== 4) continue;
    if (typeof height !== 'number' || typeof channels !== 'number') continue;
    const reduction = Math.round(inputHeight / height);
    const last = features.at(-1);
    if (last && last.reduction === reduction) last.stageEnd = false;
    features.push({ name: layer.name, channels, reduction, stageEnd: true });
  }
  return features;
}
