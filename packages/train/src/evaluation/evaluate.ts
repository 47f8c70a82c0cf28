import { show } from '@mnet/core/check';
import { type Given, integer, optional, options, pick, resolve } from '@mnet/core/options';
import type { ImageDataset } from '@mnet/data';
import { Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkClassifier, checkFit } from '../classifier.ts';
import { argMax } from './arg-max.ts';
import { Calibration, type ReliabilityBin } from './calibration.ts';
import { confusionMatrix } from './confusion.ts';
import { ConfidentMistakes, type Misclassified } from './mistakes.ts';
import { streamViews } from './stream-views.ts';
import { viewOptions } from './views.ts';
import { type streamLogits, streamOptions } from './stream-logits.ts';

/** Declares {@link EvaluateOptions}. */
export const evaluateOptions = options({
  ...streamOptions.fields,
  ...viewOptions.fields,
  /** How many of the most confident mistakes are given; default 24. */
  mistakes: optional(integer({ min: 0 }), 24),
});

/** Options of {@link evaluate} and {@link evaluateLogits}. */
export interface EvaluateOptions extends Given<typeof evaluateOptions> {}

/** What {@link evaluate} measures. */
export interface Evaluation {
  /** Mean softmax cross-entropy, which is the negative log-likelihood; without label smoothing. */
  readonly loss: number;
  /** Share of images whose highest logit is the label's, from 0 to 1; of equal logits the first counts. */
  readonly accuracy: number;
  /** Share of images whose label is among the five highest logits; absent with five classes or fewer. */
  readonly top5?: number;
  /**
   * Expected calibration error, from 0 to 1: how far the confidence, the highest probability, is from the accuracy, as the
   * mean over the images of the distance in each one's bin of `reliability`. NaN where a logit is NaN or +∞.
   *
   * Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3, https://arxiv.org/abs/1706.04599
   */
  readonly ece: number;
  /** The 15 bins of equal width, from low to high confidence: a reliability diagram. */
  readonly reliability: readonly ReliabilityBin[];
  /**
   * Images that were taken for another class, those of the highest confidence first; no more than were asked for. One with
   * a logit that is NaN or +∞ is none of them.
   */
  readonly mistakes: readonly Misclassified[];
  /** Images looked at. */
  readonly count: number;
  /** Counts by [label][prediction]. */
  readonly confusion: number[][];
  readonly seconds: number;
}

/**
 * Measures a classifier on a data set, in inference mode and without augmentation.
 *
 * @param model one image input, one output of logits [batch, classes]
 * @throws if the images or classes do not fit the model, the data set is empty, or an option is unknown or not taken.
 */
export async function evaluate(
  model: LayersModel,
  dataset: ImageDataset,
  given: EvaluateOptions = {},
): Promise<Evaluation> {
  checkClassifier(model);
  checkFit(model, dataset, 'dataset');
  return evaluateLogits(
    (images) => model.apply(images, { training: false }) as Tensor2D,
    dataset,
    given,
  );
}

/**
 * {@link evaluate} for anything that gives logits, such as an ensemble.
 *
 * @param forward from images, float32 [batch, height, width, channels], to logits [batch, classes]; runs tidied
 * @throws if the logits are not one row an image and one column a class, the data set is empty, or an option is unknown or not
 *   taken.
 */
export async function evaluateLogits(
  forward: Parameters<typeof streamLogits>[0],
  dataset: ImageDataset,
  given: EvaluateOptions = {},
): Promise<Evaluation> {
  if (dataset.length === 0) throw new RangeError('dataset: got no images, takes at least one');
  const { mistakes: most } = resolve(evaluateOptions, given, 'options');
  const views = pick(viewOptions, given);
  const stream = pick(streamOptions, given);
  const start = performance.now();
  const classes = dataset.classes.length;
  const predictions = new Int32Array(dataset.length);
  let loss = 0;
  let inTop5 = 0;
  const calibration = new Calibration();
  const mistakes = new ConfidentMistakes(most);
  const checked: typeof forward = (images) => {
    return checkLogits(forward(images), [images.shape[0], classes], dataset.name);
  };
  for await (const { logits, indices } of streamViews(checked, dataset, views, stream)) {
    indices.forEach((index, row) => {
      const values = logits.subarray(row * classes, (row + 1) * classes);
      const label = dataset.labels[index] as number;
      const prediction = argMax(values);
      const { max, sum } = exponentials(values);
      predictions[index] = prediction;
      loss += max + Math.log(sum) - (values[label] as number);
      calibration.add(1 / sum, prediction === label);
      if (prediction !== label) {
        mistakes.add({ index, label, guess: prediction, confidence: 1 / sum });
      }
      if (rankOf(values, label) < 5) inTop5 += 1;
    });
  }
  const confusion = confusionMatrix(dataset.labels, predictions, classes);
  const correct = confusion.reduce((sum, row, label) => sum + (row[label] as number), 0);
  return {
    loss: loss / dataset.length,
    accuracy: correct / dataset.length,
    ...(classes > 5 ? { top5: inTop5 / dataset.length } : {}),
    ece: calibration.error,
    reliability: calibration.bins,
    mistakes: mistakes.list,
    count: dataset.length,
    confusion,
    seconds: (performance.now() - start) / 1000,
  };
}

/** Throws unless logits have this shape: rows of another length would be read across their ends, and give figures. */
function checkLogits(logits: Tensor2D, shape: readonly [number, number], name: string): Tensor2D {
  if (logits instanceof Tensor && logits.shape.join() === shape.join()) return logits;
  const got = logits instanceof Tensor ? `[${(logits as Tensor).shape.join(', ')}]` : show(logits);
  throw new RangeError(
    `forward: got ${got} as its result, takes logits [${shape.join(', ')}], one for each class of '${name}'`,
  );
}

/**
 * The greatest value and Σ exp(v − max), in double precision: −log softmax(values)[i] is max + log(sum) − values[i], and the
 * highest probability 1 / sum.
 */
function exponentials(values: Float32Array): { max: number; sum: number } {
  const max = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const sum = values.reduce((total, v) => total + Math.exp(v - max), 0);
  return { max, sum };
}

/** How many classes stand before the label: those of a higher logit, and those of an equal one and a lower number; NaN is the lowest. */
function rankOf(values: Float32Array, label: number): number {
  const height = (v: number): number => (Number.isNaN(v) ? Number.NEGATIVE_INFINITY : v);
  const own = height(values[label] as number);
  let rank = 0;
  values.forEach((value, i) => {
    const v = height(value);
    if (v > own || (v === own && i < label)) rank += 1;
  });
  return rank;
}
