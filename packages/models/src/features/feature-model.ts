import type { Tensor4D } from '@tensorflow/tfjs-core';
import {
  type LayersModel,
  model as createLayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { checkModel, classifierInfo, setModelMetadata, tapOutput } from '@mnet/layers';
import { show } from '@mnet/core/check';
import { featureInfo } from './feature-info.ts';

/**
 * A model that gives the outputs of named layers in one forward pass, in the order of the names. It shares layers and
 * weights with `model`, so training one trains the other; dispose of one of the two only. What the model carries of its
 * input goes with it, and the classes' names where the output is among the names.
 *
 * @param names layers of the model, of which {@link featureInfo} lists those with feature maps; `logits` is the model's output
 * @returns a model whose `apply` gives one tensor for one name, and an array for several.
 * @throws if a name is not a layer's, or two of them are one output.
 */
export function featureModel(model: LayersModel, names: readonly string[]): LayersModel {
  if (!Array.isArray(names) || names.length === 0) {
    throw new TypeError(`names: got ${show(names)}, takes an array of layers' names`);
  }
  checkModel(model);
  const outputs = names.map((name) => outputOf(model, name));
  refuseRepeated(names, outputs);
  const features = createLayersModel({
    inputs: model.inputs,
    outputs,
    name: `${model.name}_features`,
  });
  const info = classifierInfo(model);
  if (info) {
    const { classes, ...input } = info;
    const named = classes && outputs.includes(model.outputs[0] as SymbolicTensor);
    setModelMetadata(features, { classifier: named ? info : input });
  }
  return features;
}

const bodies = new WeakMap<LayersModel, LayersModel>();

/**
 * The last feature map, before the pooling.
 *
 * @param x float32 [batch, height, width, channels]
 * @param options `training` as in a layer's call; default false
 * @returns float32 [batch, height', width', channels'].
 * @throws if the model has no feature map.
 */
export function forwardFeatures(
  model: LayersModel,
  x: Tensor4D,
  options: { training?: boolean } = {},
): Tensor4D {
  let body = bodies.get(model);
  if (!body) {
    const last = featureInfo(model).at(-1);
    if (!last) throw new TypeError(`model: got '${model.name}', which has no feature map`);
    body = featureModel(model, [last.name]);
    bodies.set(model, body);
  }
  return body.apply(x, { ...options }) as Tensor4D;
}

function outputOf(model: LayersModel, name: string): SymbolicTensor {
  if (name === 'logits' && model.outputs.length === 1) return model.outputs[0] as SymbolicTensor;
  return tapOutput(model, name, (_, known) => {
    const names = known
      .filter((layer) => layer.getClassName() !== 'InputLayer')
      .map((layer) => show(layer.name));
    return new TypeError(`names: got ${show(name)}, takes 'logits' or one of ${names.join(', ')}`);
  });
}

/** tfjs builds a model that has an output twice, and fails when it predicts. */
function refuseRepeated(names: readonly string[], outputs: readonly SymbolicTensor[]): void {
  for (const [i, output] of outputs.entries()) {
    const first = outputs.indexOf(output);
    if (first === i) continue;
    throw new TypeError(
      `names: got ${show(names[first])} and ${show(names[i])}, which are one output; takes each output once`,
    );
  }
}
