import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '@mnet/core/random';
import type { ImageDataset, Splits } from '@mnet/data';
import {
  adam,
  type EpochRecord,
  type RunDescription,
  runPaths,
  train,
  type TrainOptions,
  type TrainResult,
} from '@mnet/train';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';

/** Noisy 6×6 pictures of three classes, each with a colour and a bright edge of its own. */
export function tinyDataset(length: number, seed: number): ImageDataset {
  const random = new Random(seed);
  const images = new Uint8Array(length * 108);
  const labels = new Int32Array(length);
  for (let n = 0; n < length; n++) {
    const label = n % 3;
    labels[n] = label;
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 6; x++) {
        for (let c = 0; c < 3; c++) {
          const signal = (c === label ? 60 : 0) + (x === label * 2 ? 60 : 0);
          images[n * 108 + (y * 6 + x) * 3 + c] = signal + random.below(110);
        }
      }
    }
  }
  return {
    name: 'tiny',
    shape: [6, 6, 3],
    classes: ['red', 'green', 'blue'],
    mean: [0.3, 0.3, 0.3],
    std: [0.2, 0.2, 0.2],
    images,
    labels,
    length,
  };
}

/** 48 images to train on, 24 to validate, 24 to test. */
export function tinySplits(): Splits {
  return { train: tinyDataset(48, 1), validation: tinyDataset(24, 2), test: tinyDataset(24, 3) };
}

/** A convolution with stock BatchNorm and a classifier: logits [batch, 3]. */
export function tinyModel(options: { dropout?: number; l2?: boolean } = {}): LayersModel {
  const seeded = (seed: number) => ({ className: 'GlorotUniform', config: { seed } }) as const;
  const model = sequential({ name: 'tiny' });
  model.add(
    layers.conv2d({
      inputShape: [6, 6, 3],
      filters: 4,
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      useBias: false,
      kernelInitializer: seeded(1) as never,
      ...(options.l2 ? { kernelRegularizer: 'l1l2' as const } : {}),
    }),
  );
  model.add(layers.batchNormalization());
  model.add(layers.activation({ activation: 'relu' }));
  model.add(layers.flatten());
  if (options.dropout !== undefined) model.add(layers.dropout({ rate: options.dropout }));
  model.add(layers.dense({ units: 3, kernelInitializer: seeded(2) as never }));
  return model;
}

/** A training of a moment. */
export const quick = {
  epochs: 2,
  batchSize: 16,
  optimizer: adam({ learningRate: 0.01 }),
};

/** A quick training of a tiny model, or as the options say. */
export async function trained(
  options: Partial<TrainOptions> = {},
  model = tinyModel(),
): Promise<{ model: LayersModel; result: TrainResult; weights: number[] }> {
  const result = await train(model, tinySplits(), { ...quick, ...options });
  return { model, result, weights: weightsOf(model) };
}

/** All weights' values, one after the other. */
export function weightsOf(model: LayersModel): number[] {
  return model.getWeights().flatMap((weight) => [...weight.dataSync()]);
}

/** The figures of a history without the times, which no two runs share. */
export function figures({ history }: Pick<TrainResult, 'history'>): EpochRecord[] {
  return history.map(({ validationSeconds, ...record }) => {
    const none = { seconds: 0, imagesPerSecond: 0 };
    return {
      ...record,
      ...none,
      ...(validationSeconds === undefined ? {} : { validationSeconds: 0 }),
    };
  });
}

/** The names of a run's checkpoints, the last one at the end. */
export function checkpointsOf(run: string): string[] {
  return readdirSync(runPaths(run).checkpoints).toSorted();
}

/** The file that a run goes on from. */
export function lastCheckpoint(run: string): string {
  return join(runPaths(run).checkpoints, checkpointsOf(run).at(-1) as string);
}

/** Options that abort a training after so many steps. */
export function abortAfter(count: number): Pick<TrainOptions, 'signal' | 'callbacks'> {
  const controller = new AbortController();
  let steps = 0;
  const onStepEnd = (): void => {
    if (++steps === count) controller.abort();
  };
  return { signal: controller.signal, callbacks: [{ onStepEnd }] };
}

/** What is known at the start of some run. */
export function exampleConfig(): RunDescription {
  return {
    date: '2026-01-02T03:04:05.000Z',
    model: { name: 'tiny', trainableParameters: 1, nonTrainableParameters: 0 },
    dataset: { name: 'tiny', shape: [6, 6, 3], classes: ['a'], train: 1, validation: 0, test: 0 },
    options: { epochs: 1 },
    objective: { name: 'crossEntropy' },
    environment: { tfjs: '4.22.0', backend: 'cpu' },
  };
}
