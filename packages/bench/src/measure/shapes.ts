import type { LayersModel } from '@tensorflow/tfjs-layers';

/** The shapes of a network's inputs or outputs, for people: `[batch, 32, 32, 3]`; a length that is not known is `?`. */
export function shapeText(tensors: LayersModel['inputs']): string {
  const lengths = (shape: (number | null)[]): string =>
    shape.map((n, i) => n ?? (i === 0 ? 'batch' : '?')).join(', ');
  return tensors.map(({ shape }) => `[${lengths(shape)}]`).join(' and ');
}

/** [height, width, channels] of what a network takes; an error where it is not one image. */
export function inputShapeOf(model: LayersModel): [number, number, number] {
  const shape = model.inputs.length === 1 ? model.inputs[0]?.shape.slice(1) : undefined;
  if (shape?.length !== 3 || shape.some((n) => n === null)) {
    throw new TypeError(
      `model: got a network with input ${shapeText(model.inputs)}, takes one with a single input [batch, height, width, channels] of known size`,
    );
  }
  return shape as [number, number, number];
}

/** Throws unless a network has one output. */
export function assertOneOutput(model: LayersModel): void {
  if (model.outputs.length !== 1) {
    throw new TypeError(
      `model: got a network with outputs ${shapeText(model.outputs)}, takes one with a single output`,
    );
  }
}

/** How many classes a network tells apart; an error where its output is not logits [batch, classes]. */
export function classesOf(model: LayersModel): number {
  const [, classes, ...rest] = model.outputs.length === 1 ? (model.outputs[0]?.shape ?? []) : [];
  if (classes == null || rest.length > 0) {
    throw new TypeError(
      `model: got a network with output ${shapeText(model.outputs)}, takes one with logits [batch, classes] to train it`,
    );
  }
  return classes;
}
