import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { type Objective, trainingLogits } from './objective.ts';

/** A loss of logits, float32 [batch, classes], and labels, int32 [batch]. It is not for mixed pictures, which have two labels. */
export type LossFunction = (logits: Tensor2D, labels: Tensor1D) => Scalar;

/** A loss function as an objective, which a run knows by the function's name. */
export function lossObjective(loss: LossFunction): Objective {
  const name = loss.name || 'custom';
  return {
    name,
    config: { name },
    compute(context) {
      const logits = trainingLogits(context);
      return { logits, loss: loss(logits, context.batch.labels) };
    },
  };
}
