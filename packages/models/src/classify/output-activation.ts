import { endsInSoftmax, outputLayer } from '@mnet/layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Those whose values are probabilities one by one, and so no logits; a softmax has them sum to 1. */
const gates = ['sigmoid', 'hardSigmoid'];

/**
 * Whether a model's first output is probabilities, by a softmax, or logits. The layer that makes it may stand within nested models.
 *
 * @throws if it is a sigmoid's.
 */
export function givesProbabilities(model: LayersModel): boolean {
  const last = outputLayer(model);
  const gate = gates.find((each) => each === last.getConfig()['activation']);
  if (gate !== undefined) {
    throw new TypeError(
      `model: got '${model.name}', whose last layer '${last.name}' ends in '${gate}'; takes logits or a softmax`,
    );
  }
  return endsInSoftmax(model);
}
