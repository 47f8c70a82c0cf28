import type { ImageDataset } from '@mnet/data';
import { classifierInfo } from '@mnet/layers';
import { evaluate, type EvaluateOptions, type Evaluation } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { resultBase, type ResultBase } from './result.ts';

/** How right a network is on a data set. */
export interface AccuracyResult extends ResultBase {
  kind: 'accuracy';
  /** The data set's name. */
  dataset: string;
  /** Which part of it, such as `test`; absent where the caller does not say. */
  part?: string;
  /** Whether logits of each image and its mirror image were averaged; absent: not known, as a rule not. */
  mirror?: boolean;
  /** By how many pixels images were shifted in two more views; 0: none; absent: not known, as a rule none. */
  shift?: number;
  /** Images looked at. */
  count: number;
  /** Share whose highest logit is the label's, from 0 to 1. */
  accuracy: number;
  /** Share whose label is among the five highest; absent with five classes or fewer. */
  top5?: number;
  /** Mean cross-entropy. */
  loss: number;
  /** Expected calibration error, from 0 to 1. */
  ece: number;
}

/** What {@link measureAccuracy} takes beside a network and data. */
export interface AccuracyOptions extends EvaluateOptions {
  /** The name in the result; default the model's own. */
  readonly name?: string;
}

/**
 * Accuracy, loss and calibration error of a classifier on a data set, seen as the network learned to see it:
 * {@link evaluateAsTrained} in the form of a benchmark's result.
 *
 * @throws as {@link evaluateAsTrained} does.
 */
export async function measureAccuracy(
  model: LayersModel,
  dataset: ImageDataset,
  { name = model.name, ...options }: AccuracyOptions = {},
): Promise<AccuracyResult> {
  const evaluation = await evaluateAsTrained(model, dataset, options, name);
  const { mirror = false, shift = 0 } = options;
  return { ...accuracyResult(model, name, dataset, evaluation), mirror, shift };
}

/** What was evaluated already, as a result. */
export function accuracyResult(
  model: LayersModel,
  name: string,
  dataset: ImageDataset,
  { count, accuracy, top5, loss, ece }: Evaluation,
): AccuracyResult {
  return {
    kind: 'accuracy',
    ...resultBase(model, name),
    dataset: dataset.name,
    count,
    accuracy,
    ...(top5 !== undefined && { top5 }),
    loss,
    ece,
  };
}

/**
 * `evaluate` of `@mnet/train`, on pictures as the model learned to see them: a saved model carries mean and deviation of the
 * pixels, and the names of its classes.
 *
 * @param name what errors call the model
 * @throws where the classes of model and data are not the same, and as `evaluate` does.
 */
export async function evaluateAsTrained(
  model: LayersModel,
  dataset: ImageDataset,
  options: EvaluateOptions = {},
  name: string = model.name,
): Promise<Evaluation> {
  const { classes, mean, std } = classifierInfo(model) ?? {};
  if (classes !== undefined && classes.join('\n') !== dataset.classes.join('\n')) {
    const few = (names: readonly string[]): string =>
      names.length > 5 ? `${names.slice(0, 5).join(', ')}, … (${names.length})` : names.join(', ');
    throw new Error(
      `${name}: its classes are ${few(classes)}; those of ${dataset.name} are ${few(dataset.classes)}`,
    );
  }
  return evaluate(model, mean && std ? { ...dataset, mean, std } : dataset, options);
}
