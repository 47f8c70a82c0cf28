import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  type LayersModel,
  model as functional,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import type { CallOptions } from '../base-layer.ts';
import { checkModel } from '../check-model.ts';
import { type RefuseTap, tapOutput } from './tap-output.ts';

/** Logits and the outputs of tapped layers, by the layers' names. */
export type TappedOutputs = {
  /** float32 [batch, classes], the model's own output. */
  readonly logits: Tensor2D;
  readonly taps: Readonly<Record<string, Tensor>>;
};

/** A model that also gives the outputs of some of its layers, from one forward pass. */
export interface TappedModel {
  /** Shapes of the tapped outputs without the batch. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /**
   * One forward pass.
   *
   * @param images float32 [batch, height, width, channels]
   * @param options as `model.apply` takes them, such as `{ training: true }`
   */
  apply(images: Tensor4D, options: CallOptions): TappedOutputs;
}

/**
 * Taps a model's layers; the weights stay the model's.
 *
 * @param model one image input, one output of logits [batch, classes]
 * @param taps names of layers
 * @param whose what errors call the model, such as `the student 'small'`; default: the model and its name
 * @throws RangeError if there is no such layer, naming those there are, or it has several outputs.
 */
export function tapModel(model: LayersModel, taps: readonly string[], whose?: string): TappedModel {
  checkModel(model);
  const refuse: RefuseTap = (tap, known) => {
    const names = known.map(({ name }) => name).join(', ');
    return new RangeError(
      `taps: ${whose ?? `the model '${model.name}'`} has no layer '${tap}', it has ${names}`,
    );
  };
  const tapped = new Map(taps.map((tap) => [tap, tapOutput(model, tap, refuse)]));
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
