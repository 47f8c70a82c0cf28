import type { LayersModel } from '@tensorflow/tfjs-layers';
import { show } from '@mnet/core/check';

/** Throws unless `model` has a model's layers; one of another copy of tfjs-layers is taken too. */
export function checkModel(model: unknown): asserts model is LayersModel {
  if (!Array.isArray((model as Partial<LayersModel> | null | undefined)?.layers)) {
    throw new TypeError(`model: got ${show(model)}, takes a tf.LayersModel`);
  }
}
