import { batches, disposeBatch, type ImageDataset } from '@mnet/data';
import { show } from '@mnet/core/check';
import { callable, type Given, integer, optional, options, resolve } from '@mnet/core/options';
import { tidy, zerosLike } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { abortSignal, augmentation } from '../takes.ts';
import { breather } from '../breathe.ts';
import { checkImages } from '../classifier.ts';
import { DropoutSeeds } from '../dropout.ts';
import { firstNonFinite, readValues, writeValues } from '../variables.ts';
import { type BatchNorm, batchNormsOf, unknownStatistics } from './batch-norms.ts';

const recalibrateOptions = options({
  /** How many batches to look at; default: all. */
  batches: optional(integer({ min: 1 })),
  /** Images a batch, best as many as in training; default 128, at most the data set's. */
  batchSize: optional(integer({ min: 1 }), 128),
  /** Random changes to the images, best those of the training; default none. */
  augment: optional(augmentation),
  /** Decides the order of the images, and the augmentation; default 0. */
  seed: optional(integer(), 0),
  /** Stops at the next batch; the statistics are then as they were. */
  signal: optional(abortSignal),
  /** Is told of the images done. */
  onProgress: optional(callable<(done: number, total: number) => void>()),
});

/** Options of {@link recalibrateBatchNorm}. */
export interface RecalibrateOptions extends Given<typeof recalibrateOptions> {}

/**
 * Measures the moving statistics of a model's batch normalization anew, with its weights as they are: each becomes the
 * mean, over batches of equal weight, of the batch's mean and variance in training mode, which is where the moving
 * averages of an endless training at rate 0 would arrive. It is for models whose statistics are not of their weights:
 * after a training of few steps or a low momentum, an average of weights, or a change of the data.
 *
 * Layers of `@mnet/layers` and TensorFlow.js's own are known, also in nested models. Frozen ones keep theirs. No other
 * weight changes. The images come in an order drawn from the seed; those of a last, smaller batch are left out.
 *
 * Source: Wu and Johnson 2021, "Rethinking 'Batch' in BatchNorm", section 3.1, https://arxiv.org/abs/2105.07576;
 * PyTorch's `torch.optim.swa_utils.update_bn`
 *
 * @param model one image input
 * @param dataset images as those that the model was trained on
 * @throws if the images do not fit, the model has no batch normalization that training moves, one of a kind that is not
 *   known, or its statistics become NaN or infinite; they are then as they were
 */
export async function recalibrateBatchNorm(
  model: LayersModel,
  dataset: ImageDataset,
  given: RecalibrateOptions = {},
): Promise<void> {
  const settings = resolve(recalibrateOptions, given, 'recalibrateBatchNorm options');
  const { augment, seed, signal, onProgress } = settings;
  checkImages(model, dataset, 'dataset');
  if (dataset.length === 0) throw new RangeError('dataset: got no images, takes at least one');
  const norms = normsToMeasure(model);
  const batchSize = Math.min(settings.batchSize, dataset.length);
  const whole = Math.floor(dataset.length / batchSize);
  const count = Math.min(settings.batches ?? whole, whole);

  await restoringOnError(norms, async (live) => {
    const dropout = new DropoutSeeds(model, seed);
    const breathe = breather();
    const pass = { batchSize, shuffle: true, seed, dropLast: true, ...(augment && { augment }) };
    let done = 0;
    try {
      for (const batch of batches(dataset, pass)) {
        try {
          signal?.throwIfAborted();
          if (done === count) break;
          dropout.set(done);
          for (const norm of live) norm.momentum = 1 / (done + 1);
          tidy(() => void model.apply(batch.images, { training: true, step: done }));
        } finally {
          disposeBatch(batch);
        }
        done += 1;
        onProgress?.(done * batchSize, count * batchSize);
        await breathe();
      }
    } finally {
      dropout.restore();
    }
  });
}

/** Every batch normalization of the model, of which at least one moves. */
function normsToMeasure(model: LayersModel): BatchNorm[] {
  const unknown = unknownStatistics(model);
  if (unknown.length > 0) {
    throw new TypeError(
      `model: got statistics ${unknown.map(show).join(', ')} of a layer that is not known, takes batch normalization of @mnet/layers or TensorFlow.js`,
    );
  }
  const norms = batchNormsOf(model);
  if (!norms.some(({ moves }) => moves)) {
    const frozen = norms.length > 0 ? ', whose batch normalization is frozen' : '';
    throw new TypeError(
      `model: got '${model.name}'${frozen}, takes one with batch normalization that is not frozen`,
    );
  }
  return norms;
}

/** Runs `measure` with frozen statistics held; gives the momenta back, and the statistics too where it fails. */
async function restoringOnError(
  norms: readonly BatchNorm[],
  measure: (live: readonly BatchNorm[]) => Promise<void>,
): Promise<void> {
  const variables = norms.flatMap(({ mean, variance }) => [mean, variance]);
  const before = await readValues(variables);
  const momenta = norms.map(({ momentum }) => momentum);
  try {
    // TensorFlow.js's own layer would move them in training mode also where it is frozen.
    for (const norm of norms.filter(({ moves }) => !moves)) norm.momentum = 0;
    const live = norms.filter(({ moves }) => moves);
    // The first batch takes their place; what was there would leave its rounding, or its NaN.
    for (const { mean, variance } of live) {
      for (const statistic of [mean, variance]) tidy(() => statistic.assign(zerosLike(statistic)));
    }
    await measure(live);
    const bad = firstNonFinite(variables, await readValues(variables));
    if (bad !== undefined) {
      throw new RangeError(`model: its statistic ${bad} became NaN or infinite, takes finite ones`);
    }
  } catch (error) {
    writeValues(variables, before, 'statistics');
    throw error;
  } finally {
    norms.forEach((norm, i) => {
      norm.momentum = momenta[i] as number;
    });
  }
}
