import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type BatchNorm, batchNormsOf } from './batch-norms.ts';

/** Share of their start that moving statistics may keep: as a variance of 1 it still counts beside a true one of 0.1. */
const tolerated = 0.01;

/**
 * Warns on the console where a training is too short for the moving statistics of a model's batch normalization. They
 * start at mean 0 and variance 1, and after n steps hold (1 − momentum)ⁿ of that start: the network learns, and every
 * evaluation of it, which normalizes with them, says that it does not. Statistics that have left their start, as those
 * of a trained model, are not warned of.
 *
 * @param steps of the whole training
 */
export async function warnOfFewSteps(model: LayersModel, steps: number): Promise<void> {
  const left = (norm: BatchNorm): number => (1 - norm.momentum) ** steps;
  const slow = batchNormsOf(model)
    .filter((norm) => norm.moves && left(norm) > tolerated)
    .toSorted((a, b) => left(b) - left(a));
  const fresh = await Promise.all(slow.map(isFresh));
  const worst = slow.find((_, i) => fresh[i]);
  if (!worst) return;
  const percent = Math.round(100 * left(worst));
  const momentum = enough(steps);
  console.warn(
    `train: ${steps} steps are too few for the batch normalization of '${model.name}': the moving statistics of its layer '${worst.name}', at a momentum of ${Number(worst.momentum.toPrecision(3))}, will still be ${percent} % of their start, and every evaluation will be off. ` +
      `Write batchNorm: { momentum: ${momentum} } in createModel, or batchNormalization({ momentum: ${Number((1 - momentum).toFixed(1))} }) for TensorFlow.js's own layers, or call recalibrateBatchNorm(model, data.train) after the training`,
  );
}

/** A momentum in tenths that leaves less than the tolerated share after so many steps. */
function enough(steps: number): number {
  return Math.min(1, Math.ceil(10 * (1 - tolerated ** (1 / steps))) / 10);
}

/** Whether statistics are where they start. */
async function isFresh({ mean, variance }: BatchNorm): Promise<boolean> {
  const [means, variances] = await Promise.all([mean.data(), variance.data()]);
  return means.every((value) => value === 0) && variances.every((value) => value === 1);
}
