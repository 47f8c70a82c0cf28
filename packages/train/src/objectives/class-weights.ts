import { choice, list, number, type Takes } from '@mnet/core/options';
import type { ImageDataset } from '@mnet/data';
import { weightedCrossEntropy } from '@mnet/ops';
import { add, mul, type Scalar, type Tensor1D, tensor1d } from '@tensorflow/tfjs-core';
import { type Objective, trainingLogits } from './objective.ts';

const words = "'balanced', or numbers from 0, one a class";
const numbers = list(number({ min: 0 }), words);
const balanced = choice(['balanced']);

/** What {@link crossEntropyObjective} takes as `classWeights`, and `train` too. */
export const classWeights: Takes<readonly number[] | 'balanced'> = {
  text: words,
  check(value, argument) {
    if (value === 'balanced') return balanced.check(value, argument);
    const weights = numbers.check(value, argument);
    if (weights.some((weight) => weight > 0)) return weights;
    throw new RangeError(`${argument}: got no weight above 0, takes at least one`);
  },
};

/** Settings of {@link weightedCrossEntropyObjective}. */
interface WeightedSettings {
  readonly labelSmoothing: number;
  readonly classWeights: readonly number[] | 'balanced';
}

/**
 * Cross-entropy with a weight for each class, {@link weightedCrossEntropy} of `@mnet/ops`, as an objective. Of mixed pictures
 * it is the mean of both labels' losses by their shares.
 */
export function weightedCrossEntropyObjective(
  settings: WeightedSettings,
): Objective<{ weights: Tensor1D }> {
  const { labelSmoothing, classWeights: given } = settings;
  let values: readonly number[] = [];
  return {
    name: 'crossEntropy',
    config: { name: 'crossEntropy', labelSmoothing, classWeights: given },
    async setup({ dataset }) {
      values = classWeightsFor(given, dataset);
      return {};
    },
    prepare: () => ({ weights: tensor1d([...values], 'float32') }),
    mixes: true,
    compute(context) {
      const logits = trainingLogits(context);
      const { labels, mix } = context.batch;
      const ofLabels = (each: Tensor1D): Scalar =>
        weightedCrossEntropy(logits, each, context.prepared.weights, { labelSmoothing });
      const own = ofLabels(labels);
      if (!mix) return { logits, loss: own };
      const { partners, lambda } = mix;
      return { logits, loss: add(mul(own, lambda), mul(ofLabels(partners), 1 - lambda)) };
    },
  };
}

/**
 * One weight a class of the training images.
 *
 * @throws RangeError where the weights are not as many as the classes, or a class to be balanced has no image
 */
export function classWeightsFor(
  given: WeightedSettings['classWeights'],
  dataset: ImageDataset,
): readonly number[] {
  return given === 'balanced' ? balancedWeights(dataset) : fitting(given, dataset);
}

/** scikit-learn's `balanced`: images / (classes · images of the class). */
function balancedWeights({ labels, classes, length }: ImageDataset): readonly number[] {
  const counts = classes.map(() => 0);
  for (let i = 0; i < length; i++) {
    const label = labels[i] as number;
    counts[label] = (counts[label] as number) + 1;
  }
  return counts.map((count, i) => {
    if (count > 0) return length / (classes.length * count);
    throw new RangeError(
      `classWeights: got 'balanced' and no training image of '${classes[i]}', takes images of each class, or the weights`,
    );
  });
}

function fitting(weights: readonly number[], { classes }: ImageDataset): readonly number[] {
  if (weights.length === classes.length) return weights;
  throw new RangeError(
    `classWeights: got ${weights.length} of them, takes one for each of the ${classes.length} classes`,
  );
}
