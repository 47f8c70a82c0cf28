import type { EpochRecord } from '@mnet/train';

/** Of an epoch, what a page shows. */
export type EpochOf = Pick<EpochRecord, 'epoch' | 'trainLoss' | 'validationAccuracy'>;

/**
 * The epochs of a run's `metrics.csv`.
 *
 * @throws where a column is missing
 */
export function epochsOf(csv: string): EpochOf[] {
  const [head = '', ...lines] = csv.trim().split('\n');
  const columns = head.split(',');
  const column = (name: string): ((cells: readonly string[]) => number | undefined) => {
    const place = columns.indexOf(name);
    if (place < 0) throw new Error(`metrics.csv: it has no column ${name}, but ${head}`);
    return (cells) => (cells[place] ? Number(cells[place]) : undefined);
  };
  const [epoch, trainLoss, accuracy] = [
    column('epoch'),
    column('train_loss'),
    column('validation_accuracy'),
  ];
  return lines.map((line) => {
    const cells = line.split(',');
    const validationAccuracy = accuracy(cells);
    return {
      epoch: epoch(cells) ?? Number.NaN,
      trainLoss: trainLoss(cells) ?? Number.NaN,
      ...(validationAccuracy !== undefined && { validationAccuracy }),
    };
  });
}
