import type { ImageDataset } from '@mnet/data';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkClassifier, checkFit } from '../classifier.ts';
import { confusionMatrix } from './confusion.ts';
import { type StreamOptions, streamLogits } from './stream-logits.ts';

/** What {@link evaluate} measures. */
export interface Evaluation {
  /** Mean softmax cross-entropy, without label smoothing. */
  readonly loss: number;
  /** Share of images whose highest logit is the label's, from 0 to 1; of equal logits the first counts. */
  readonly accuracy: number;
  /** Share of images whose label is among the five highest logits; absent with five classes or fewer. */
  readonly top5?: number;
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
 * @throws if the images or classes do not fit the model, or the data set is empty.
 */
export async function evaluate(
  model: LayersModel,
  dataset: ImageDataset,
  options: StreamOptions = {},
): Promise<Evaluation> {
  checkClassifier(model);
  checkFit(model, dataset, 'dataset');
  return evaluateLogits(
    (images) => model.apply(images, { training: false }) as Tensor2D,
    dataset,
    options,
  );
}

/**
 * {@link evaluate} for anything that gives logits, such as an ensemble.
 *
 * @param forward from images, float32 [batch, height, width, channels], to logits [batch, classes]; runs tidied
 */
export async function evaluateLogits(
  forward: Parameters<typeof streamLogits>[0],
  dataset: ImageDataset,
  options: StreamOptions = {},
): Promise<Evaluation> {
  if (dataset.length === 0) throw new RangeError('dataset: got no images, takes at least one');
  const start = performance.now();
  const classes = dataset.classes.length;
  const predictions = new Int32Array(dataset.length);
  let loss = 0;
  let inTop5 = 0;
  for await (const { logits, indices } of streamLogits(forward, dataset, options)) {
    indices.forEach((index, row) => {
      const values = logits.subarray(row * classes, (row + 1) * classes);
      const label = dataset.labels[index] as number;
      predictions[index] = argMax(values);
      loss += crossEntropyOf(values, label);
      if (rankOf(values, label) < 5) inTop5 += 1;
    });
  }
  const confusion = confusionMatrix(dataset.labels, predictions, classes);
  const correct = confusion.reduce((sum, row, label) => sum + (row[label] as number), 0);
  return {
    loss: loss / dataset.length,
    accuracy: correct / dataset.length,
    ...(classes > 5 ? { top5: inTop5 / dataset.length } : {}),
    count: dataset.length,
    confusion,
    seconds: (performance.now() - start) / 1000,
  };
}

function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if ((values[i] as number) > (values[best] as number)) best = i;
  }
  return best;
}

/** −log softmax(values)[label], in double precision. */
function crossEntropyOf(values: Float32Array, label: number): number {
  const max = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const sum = values.reduce((total, v) => total + Math.exp(v - max), 0);
  return max + Math.log(sum) - (values[label] as number);
}

/** How many classes stand before the label: those of a higher logit, and those of an equal one and a lower number. */
function rankOf(values: Float32Array, label: number): number {
  const own = values[label] as number;
  let rank = 0;
  values.forEach((v, i) => {
    if (v > own || (v === own && i < label)) rank += 1;
  });
  return rank;
}
