import { outputLayer } from '@mnet/layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Those whose values are probabilities one by one, and so no logits; a softmax has them sum to 1. */
const gates = ['sigmoid', 'hardSigmoid'];

/**
 * Whether a model's first output is a softmax's, or logits. The layer that makes it may stand within nested models.
 *
 * @throws if it is a sigmoid's.
 */
export function endsInSoftmax(model: LayersModel): boolean {
  const last = outputLayer(model);
  const activation = last?.getConfig()['activation'];
  const gate = gates.find((each) => each === activation);
  if (gate !== undefined) {
    throw new TypeError(
      `model: got '${model.name}', whose last layer '${last?.name}' ends in '${gate}'; takes logits or a softmax`,
    );
  }
  return last?.getClassName() === 'Softmax' || activation === 'softmax';
}
