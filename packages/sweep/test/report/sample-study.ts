import type { EpochRecord, RunRecord } from '@mnet/train';
import type { StudyRecord, StudyRun } from '../../src/report/study-record.ts';

/** A made-up record with this validation accuracy after each epoch; its figures stand for nothing. */
export function sampleRecord(
  accuracies: readonly (number | undefined)[],
  changes: Partial<RunRecord> = {},
): RunRecord {
  const epochs = accuracies.map(
    (accuracy, i): EpochRecord => ({
      epoch: i + 1,
      step: (i + 1) * 10,
      learningRate: 0.1,
      trainLoss: 2,
      trainAccuracy: 0.2,
      ...(accuracy !== undefined && { validationAccuracy: accuracy, validationLoss: 2 - accuracy }),
      seconds: 2,
      imagesPerSecond: 100,
    }),
  );
  const best = epochs.reduce<EpochRecord | undefined>(
    (a, b) => ((b.validationAccuracy ?? -1) > (a?.validationAccuracy ?? -1) ? b : a),
    epochs.at(-1),
  );
  return {
    format: 2,
    name: 'sample',
    date: '2026-01-02T03:04:05.000Z',
    model: { name: 'mobilenet_v1', trainableParameters: 215642, nonTrainableParameters: 5472 },
    dataset: {
      name: 'shapes10',
      shape: [32, 32, 3],
      classes: ['disc', 'ring'],
      train: 200,
      validation: 50,
      test: 100,
    },
    options: { epochs: accuracies.length, bestWeights: true },
    objective: { name: 'crossEntropy' },
    environment: {
      node: 'v20.20.0',
      tfjs: '4.22.0',
      backend: 'mnet',
      cpu: 'A processor',
      cores: 2,
    },
    status: 'finished',
    epochs,
    ...(best && { best }),
    seconds: 2 * epochs.length,
    ...changes,
  };
}

/** A test record of this accuracy. */
export function sampleTest(accuracy: number): NonNullable<RunRecord['test']> {
  return { loss: 1, accuracy, count: 100, perClassAccuracy: [accuracy, accuracy] };
}

/** A complete run that reached this validation accuracy. */
export function sampleRun(
  id: string,
  values: StudyRun['values'],
  accuracy: number,
  changes: Partial<StudyRun> = {},
): StudyRun {
  return {
    id,
    stage: '',
    values,
    state: 'complete',
    record: sampleRecord([accuracy / 2, accuracy], { test: sampleTest(accuracy - 0.01) }),
    log: `${id}/output.log`,
    report: `${id}/report.html`,
    ...changes,
  };
}

/** A study of these runs. */
export function sampleStudy(
  runs: readonly StudyRun[],
  changes: Partial<StudyRecord> = {},
): StudyRecord {
  return {
    name: 'sample',
    started: '2026-01-02T03:04:05.000Z',
    metric: { name: 'validationAccuracy', goal: 'max' },
    runs,
    ...changes,
  };
}

/** What the runs of {@link sampleGrid} reach: keys count 12, 4 and 1 times, the seeds 0.5 to both sides. */
export function sampleAccuracy(width: number, lr: number, optimizer: string, seed: number): number {
  const [w, l, o] = [
    [0.25, 0.5, 1].indexOf(width),
    [0.01, 0.1].indexOf(lr),
    optimizer === 'sgd' ? 0 : 1,
  ];
  return (40 + 12 * w + 4 * l + o + (seed - 1.5)) / 100;
}

/** 24 runs: three axes of 3, 2 and 2 values, from two seeds. */
export function sampleGrid(changes: Partial<StudyRecord> = {}): StudyRecord {
  const runs = [0.25, 0.5, 1].flatMap((width) =>
    [0.01, 0.1].flatMap((lr) =>
      ['sgd', 'adam'].flatMap((optimizer) =>
        [1, 2].map((seed) =>
          sampleRun(
            `width-${width}-lr-${lr}-optimizer-${optimizer}-seed-${seed}`,
            { width, lr, optimizer },
            sampleAccuracy(width, lr, optimizer, seed),
            { seed, config: { model: 'mobilenet_v1', epochs: 2, width, lr, optimizer, seed } },
          ),
        ),
      ),
    ),
  );
  return sampleStudy(runs, changes);
}

/** 27 trials of which a third goes on at each rung. */
export function halving(): StudyRecord {
  const runs = Array.from({ length: 27 }, (_, i): StudyRun => {
    const epochs = i % 9 === 0 ? 9 : i % 3 === 0 ? 3 : 1;
    const lr = 10 ** (-4 + (4 * ((i * 11) % 27)) / 26);
    const at = (epoch: number): number => 0.1 + 0.02 * epoch + (0.3 * ((i * 11) % 27)) / 26;
    const record = sampleRecord(
      Array.from({ length: epochs }, (__, e) => at(e + 1)),
      epochs === 9 ? { test: sampleTest(0.111 + i / 1000) } : {},
    );
    return {
      id: `trial-${String(i).padStart(4, '0')}`,
      stage: '',
      values: { lr, decay: (i * 7) % 27 },
      state: epochs === 9 ? 'complete' : 'paused',
      record,
    };
  });
  return sampleStudy(runs, { searches: [{ stage: '', name: 'asha', trials: 27 }] });
}
