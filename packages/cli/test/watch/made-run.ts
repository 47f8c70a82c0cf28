import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createRun, type EpochRecord, type Run } from '@mnet/train';

/** What a made-up run is like. */
interface Made {
  seed?: number;
  width?: number;
  epochs?: number;
  date?: string;
}

/** A run of made-up figures that is under way: it has the folder open until `close()`. */
export function madeRun(root: string, name: string, made: Made = {}): Promise<Run> {
  const { seed = 1, width = 0.5, epochs = 10, date = '2026-01-02T03:04:05.000Z' } = made;
  const dir = join(root, name);
  mkdirSync(dir, { recursive: true });
  return createRun(dir, {
    date,
    command: ['node', 'mnet', 'train'],
    model: {
      name: 'net',
      made: { network: 'mobilenet_v1', options: { seed, width } },
      trainableParameters: 1234,
      nonTrainableParameters: 5,
    },
    dataset: {
      name: 'drawn',
      shape: [6, 6, 3],
      classes: ['a', 'b'],
      train: 9,
      validation: 9,
      test: 9,
    },
    options: { epochs, seed, bestWeights: false },
    objective: { name: 'crossEntropy' },
    environment: { tfjs: '4.22.0', backend: 'cpu' },
  });
}

/** A made-up epoch. */
export function epochOf(epoch: number, more: Partial<EpochRecord> = {}): EpochRecord {
  return {
    epoch,
    step: 100 * epoch,
    learningRate: 0.1 / epoch,
    trainLoss: 2 / epoch,
    trainAccuracy: 1 - 0.5 / epoch,
    validationLoss: 3 / epoch,
    validationAccuracy: 1 - 0.6 / epoch,
    seconds: 50,
    validationSeconds: 10,
    imagesPerSecond: 1000,
    ...more,
  };
}
