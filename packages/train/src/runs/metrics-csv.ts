import type { EpochRecord } from './run-record.ts';

const columns: readonly [header: string, value: (record: EpochRecord) => number | undefined][] = [
  ['epoch', (r) => r.epoch],
  ['step', (r) => r.step],
  ['learning_rate', (r) => r.learningRate],
  ['train_loss', (r) => r.trainLoss],
  ['train_accuracy', (r) => r.trainAccuracy],
  ['validation_loss', (r) => r.validationLoss],
  ['validation_accuracy', (r) => r.validationAccuracy],
  ['seconds', (r) => r.seconds],
  ['validation_seconds', (r) => r.validationSeconds],
  ['images_per_second', (r) => r.imagesPerSecond],
];

/** One row an epoch under a header; the loss's parts follow as `term_<name>`; a figure that is not there is empty. */
export function metricsCsv(epochs: readonly EpochRecord[]): string {
  const terms = [...new Set(epochs.flatMap(({ terms: t = {} }) => Object.keys(t)))];
  const rows = [
    [...columns.map(([header]) => header), ...terms.map((term) => `term_${term}`)],
    ...epochs.map((record) => [
      ...columns.map(([, value]) => value(record) ?? ''),
      ...terms.map((term) => record.terms?.[term] ?? ''),
    ]),
  ];
  return `${rows.map((row) => row.join(',')).join('\n')}\n`;
}
