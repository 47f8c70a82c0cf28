import { show } from '@mnet/core/check';
import { type Scalar, Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
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
      return { logits, loss: checkScalar(loss(logits, context.batch.labels), name) };
    },
  };
}

function checkScalar(value: unknown, name: string): Scalar {
  if (value instanceof Tensor && value.rank === 0) return value as Scalar;
  const got = value instanceof Tensor ? `a tensor [${value.shape.join(', ')}]` : show(value);
  throw new TypeError(
    `loss: got ${got} as the result of '${name}', takes a Scalar, such as the mean over the batch`,
  );
}
