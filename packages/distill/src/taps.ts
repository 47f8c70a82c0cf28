import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  type LayersModel,
  model as functional,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';

/** Logits and the outputs of tapped layers, by the layers' names. */
export interface TappedOutputs {
  readonly logits: Tensor2D;
  readonly taps: Readonly<Record<string, Tensor>>;
}

/** A model that also gives the outputs of some of its layers, from one forward pass. */
export interface TappedModel {
  /** Shapes of the tapped outputs without the batch. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** @param options as `model.apply` takes them, such as `{ training: true }` */
  apply(images: Tensor4D, options: { training: boolean; step?: number }): TappedOutputs;
}

/**
 * Taps a model's layers; the weights stay the model's.
 *
 * @param taps names of layers
 * @throws if there is no such layer, naming those there are.
 */
export function tapModel(
  model: LayersModel,
  taps: readonly string[],
  argument: string,
): TappedModel {
  const tapped = new Map(taps.map((tap) => [tap, outputOf(model, tap, argument)]));
  // An output may stand in a model's list once, though two taps or a tap and the logits may be the same.
  const outputs = [...new Set([model.outputs[0] as SymbolicTensor, ...tapped.values()])];
  const whole = outputs.length === 1 ? model : functional({ inputs: model.inputs, outputs });
  return {
    shapes: Object.fromEntries(
      [...tapped].map(([tap, output]) => [tap, output.shape.slice(1) as number[]]),
    ),
    apply(images, options) {
      const applied = whole.apply(images, options) as Tensor | Tensor[];
      const results = Array.isArray(applied) ? applied : [applied];
      const named = [...tapped].map(
        ([tap, output]) => [tap, results[outputs.indexOf(output)] as Tensor] as const,
      );
      return { logits: results[0] as Tensor2D, taps: Object.fromEntries(named) };
    },
  };
}

function outputOf(model: LayersModel, tap: string, argument: string): SymbolicTensor {
  const layer = model.layers.find(({ name }) => name === tap);
  if (!layer) {
    const names = model.layers.map(({ name }) => name).join(', ');
    throw new RangeError(`taps: ${argument} has no layer '${tap}', it has ${names}`);
  }
  const { output } = layer;
  if (Array.isArray(output)) {
    throw new RangeError(`taps: ${argument}'s layer '${tap}' has more than one output`);
  }
  return output;
}
