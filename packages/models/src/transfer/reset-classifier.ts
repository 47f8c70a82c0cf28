import { type Given, integer, optional, options, resolve } from '@mnet/core/options';
import { deriveSeed, freshSeed } from '@mnet/core/random';
import { classifierInfo, modelLayers, nodesIn, setModelMetadata } from '@mnet/layers';
import {
  layers,
  type LayersModel,
  model as createLayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { integerFrom } from '@mnet/core/check';
import { modelInfo, setModelInfo } from '../model-info.ts';

const resetOptions = options({
  /** The start of the new weights, any safe integer; default: a fresh one. */
  seed: optional(integer()),
});

/** How {@link resetClassifier} starts the new weights. */
export interface ResetClassifierOptions extends Given<typeof resetOptions> {}

/**
 * A model with a new classifier for so many classes on the body of `model`. It takes the body's layers over and
 * disposes of the old classifier's weights: use the new model from here on, not the old one. Names of the old classes
 * are dropped from what the model carries; how pictures become its input stays.
 *
 * @param classes at least 1
 * @throws if the model's last layer is not one dense layer that makes its only output.
 */
export function resetClassifier(
  model: LayersModel,
  classes: number,
  given: ResetClassifierOptions = {},
): LayersModel {
  integerFrom(classes, 1, 'classes');
  const { seed = freshSeed() } = resolve(resetOptions, given, 'resetClassifier');
  const last = modelLayers(model).at(-1) as layers.Layer;
  const [node, ...others] = nodesIn(model, last);
  const isOutput = model.outputs.length === 1 && node?.outputTensors[0] === model.outputs[0];
  if (!node || others.length > 0 || !isOutput || last.getClassName() !== 'Dense') {
    throw new TypeError(
      `model: got '${model.name}', whose output comes from '${last.name}' (${last.getClassName()}); takes a model that ends in one dense layer`,
    );
  }
  const config = structuredClone(last.getConfig()) as Record<string, unknown>;
  for (const part of ['kernel', 'bias']) {
    const initializer = config[`${part}Initializer`] as { config?: Record<string, unknown> } | null;
    if (initializer?.config && 'seed' in initializer.config) {
      initializer.config.seed = deriveSeed(seed, part);
    }
  }
  const dense = layers.dense({ ...config, units: classes, trainable: true });
  const output = dense.apply(node.inputTensors[0] as SymbolicTensor) as SymbolicTensor;
  last.dispose();
  const reset = createLayersModel({ inputs: model.inputs, outputs: output, name: model.name });
  const metadata = model.getUserDefinedMetadata() as object | undefined;
  if (metadata) reset.setUserDefinedMetadata({ ...metadata });
  const info = modelInfo(model);
  const { classes: _, ...input } = classifierInfo(model) ?? {};
  setModelMetadata(reset, { classifier: 'shape' in input ? input : undefined });
  if (info) setModelInfo(reset, { ...info, options: { ...info.options, classes } });
  return reset;
}
