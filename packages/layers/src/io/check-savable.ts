import { show } from '@mnet/core/check';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/**
 * Checks that a model can be loaded again once it is saved: TensorFlow.js finds weights by their names alone, and layers
 * of one name may lie in two networks within a model.
 *
 * @throws Error where two of the weights have one name, naming it
 */
export function checkSavable(model: LayersModel, argument = 'model'): void {
  checkWeightNames(
    model.weights.map(({ originalName }) => originalName),
    argument,
  );
}

/** @throws Error where two of the weights have one name, naming it. */
export function checkWeightNames(names: readonly string[], argument: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) {
      throw new Error(
        `${argument}: two of its weights are named ${show(name)}, takes one name a weight, as TensorFlow.js could not load it again; build one of its networks of layers with other names, or save each network by itself`,
      );
    }
    seen.add(name);
  }
}
