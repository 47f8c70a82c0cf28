import { type Given, number, optional, options, resolve } from '@mnet/core/options';
import { batchCrossEntropy } from './batch-cross-entropy.ts';
import { classWeights, weightedCrossEntropyObjective } from './class-weights.ts';
import { type Objective, trainingLogits } from './objective.ts';

/** What {@link crossEntropyObjective} takes as `labelSmoothing`, and `train` too. */
export const labelSmoothing = number({ min: 0, max: 1 });

const crossEntropyOptions = options({
  /** ε, from 0 to 1: the share of a label that is spread evenly over all classes. Default 0. */
  labelSmoothing: optional(labelSmoothing, 0),
  /**
   * A weight for each class, from 0, PyTorch's `weight`: the loss is the weighted mean. `balanced` weighs each class by
   * images / (classes · images of the class), counted in the training images. Default: all count the same.
   */
  classWeights: optional(classWeights),
});

/** Settings of {@link crossEntropyObjective}. */
export interface CrossEntropyOptions extends Given<typeof crossEntropyOptions> {}

/**
 * Softmax cross-entropy with label smoothing, the objective of plain training: mean over the batch of −Σ t · log
 * softmax(logits), where t = (1 − ε) · one-hot(label) + ε / classes. Of mixed pictures it is {@link batchCrossEntropy}.
 *
 * Source: Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7, https://arxiv.org/abs/1512.00567
 *
 * @throws if an option is unknown or out of range.
 */
export function crossEntropyObjective(given: CrossEntropyOptions = {}): Objective {
  const { classWeights: weights, ...settings } = resolve(
    crossEntropyOptions,
    given,
    'crossEntropyObjective options',
  );
  if (weights) return weightedCrossEntropyObjective({ ...settings, classWeights: weights });
  return {
    name: 'crossEntropy',
    config: { name: 'crossEntropy', ...settings },
    mixes: true,
    compute(context) {
      const logits = trainingLogits(context);
      return { logits, ...batchCrossEntropy(logits, context.batch, settings) };
    },
  };
}
