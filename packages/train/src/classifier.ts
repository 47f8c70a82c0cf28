import { assertImageDataset, type ImageDataset } from '@mnet/data';
import { endsInSoftmax, outputLayer } from '@mnet/layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { show } from '@mnet/core/check';

/**
 * Checks that a model is a classifier that this package can train: one image input, one output of logits
 * [batch, classes].
 *
 * @returns the number of classes
 */
export function checkClassifier(model: LayersModel, argument = 'model'): number {
  if (typeof model?.apply !== 'function' || !Array.isArray(model.outputs)) {
    throw new TypeError(`${argument}: got ${show(model)}, takes a tf.LayersModel that is built`);
  }
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new TypeError(
      `${argument}: got ${model.inputs.length} inputs and ${model.outputs.length} outputs, takes one of each; write tf.model({ inputs, outputs: logits })`,
    );
  }
  const shape = model.outputs[0]?.shape ?? [];
  const classes = shape[1];
  if (shape.length !== 2 || typeof classes !== 'number') {
    throw new TypeError(
      `${argument}: its output is [${shape.map((d) => d ?? 'batch').join(', ')}], takes logits [batch, classes]`,
    );
  }
  if (endsInSoftmax(model)) {
    throw new TypeError(
      `${argument}: its layer '${outputLayer(model).name}' ends in a softmax, takes logits; the loss has the softmax in it, so leave that activation out`,
    );
  }
  return classes;
}

/** Checks that the images fit the model's one input. */
export function checkImages(model: LayersModel, dataset: ImageDataset, argument: string): void {
  if (typeof model?.apply !== 'function' || model.inputs?.length !== 1) {
    throw new TypeError(`model: got ${show(model)}, takes a tf.LayersModel with one input`);
  }
  assertImageDataset(dataset, argument);
  const input = (model.inputs[0]?.shape ?? []).slice(1);
  const fits =
    input.length === dataset.shape.length &&
    input.every((size, i) => size === null || size === dataset.shape[i]);
  if (!fits) {
    throw new RangeError(
      `${argument}: its images are [${dataset.shape.join(', ')}], the model takes [${input.join(', ')}]`,
    );
  }
}

/** Checks that the images fit the model's input and the classes its output. */
export function checkFit(model: LayersModel, dataset: ImageDataset, argument: string): void {
  checkImages(model, dataset, argument);
  const classes = model.outputs[0]?.shape[1];
  if (classes !== dataset.classes.length) {
    throw new RangeError(
      `${argument}: it has ${dataset.classes.length} classes, the model's output has ${classes}; build the model with classes: ${dataset.classes.length}`,
    );
  }
}
