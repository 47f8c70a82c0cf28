import type { ReportRun } from '@mnet/bench';
import type { TestDetails } from '@mnet/train';

/** A made-up run, for tests of what is drawn; its figures stand for nothing. */
export function sampleRun(name: string, changes: Partial<ReportRun> = {}): ReportRun {
  const epochs = [1, 2, 3, 4].map((epoch) => ({
    epoch,
    step: epoch * 10,
    learningRate: 0.1 / epoch,
    trainLoss: 2 / epoch,
    trainAccuracy: 0.2 * epoch,
    validationLoss: 2.1 / epoch,
    validationAccuracy: 0.19 * epoch,
    seconds: 2,
    imagesPerSecond: 100 * epoch,
  }));
  return {
    format: 2,
    name,
    date: '2026-01-02T03:04:05.000Z',
    command: ['node', 'main.ts', '--epochs', '4'],
    model: { name: 'mobilenet_v2', trainableParameters: 2236682, nonTrainableParameters: 34112 },
    dataset: {
      name: 'sample',
      shape: [32, 32, 3],
      classes: ['disc', 'ring'],
      train: 200,
      validation: 50,
      test: 100,
    },
    options: { epochs: 4, seed: 1 },
    objective: { name: 'crossEntropy' },
    environment: { node: 'v20.19.0', tfjs: '4.22.0', backend: 'cpu', cores: 2 },
    macs: 6_100_000,
    status: 'finished',
    epochs,
    best: epochs[3] as (typeof epochs)[0],
    test: { loss: 0.6, accuracy: 0.735, count: 100, perClassAccuracy: [0.75, null] },
    seconds: 8,
    ...changes,
  };
}

/** Made-up details of as many classes as `confusion` has rows. */
export function sampleDetails(confusion: number[][]): TestDetails {
  return {
    confusion,
    reliability: [
      { above: 0, upTo: 0.5, confidence: null, accuracy: null, count: 0 },
      { above: 0.5, upTo: 1, confidence: 0.8, accuracy: 0.6, count: 20 },
    ],
    mistakes: [
      {
        index: 7,
        label: 0,
        guess: 1,
        confidence: 0.987,
        picture: { shape: [1, 2, 3], pixels: btoa('\x00\x01\x02\xff\xfe\xfd') },
      },
    ],
  };
}
