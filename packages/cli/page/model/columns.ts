import type { RunRow } from '../../src/watch/protocol.ts';
import { deviation, mean } from './band.ts';
import { duration, moment, number, percent, spread } from './format.ts';
import type { Line } from './lines.ts';

/** A column of the table. */
export interface Column {
  readonly title: string;
  /** What a run has there; undefined where it has nothing. */
  readonly value: (row: RunRow) => string | number | undefined;
  /** How a number is written; such a column stands to the right. */
  readonly write?: (value: number) => string;
  /** How a text is written. */
  readonly say?: (value: string) => string;
}

const secondsLeft = ({ endsAt }: RunRow): number | undefined =>
  endsAt === undefined ? undefined : Math.max(0, (endsAt - Date.now()) / 1000);

/** All columns by key, in the order of the table. */
export const columns = {
  name: { title: 'Run', value: (row) => row.id },
  status: { title: 'Status', value: (row) => row.status },
  network: { title: 'Network', value: (row) => row.network },
  width: { title: 'Width', value: (row) => row.width, write: number },
  parameters: { title: 'Parameters', value: (row) => row.parameters, write: number },
  dataset: { title: 'Data', value: (row) => row.dataset },
  seed: { title: 'Seed', value: (row) => row.seed, write: String },
  epoch: { title: 'Epoch', value: (row) => row.epoch, write: number },
  epochs: { title: 'Planned', value: (row) => row.epochs, write: number },
  step: { title: 'Step', value: (row) => row.step, write: number },
  trainLoss: { title: 'Train loss', value: (row) => row.trainLoss, write: number },
  trainAccuracy: { title: 'Train acc.', value: (row) => row.trainAccuracy, write: percent },
  validationLoss: { title: 'Val. loss', value: (row) => row.validationLoss, write: number },
  validationAccuracy: {
    title: 'Val. acc.',
    value: (row) => row.validationAccuracy,
    write: percent,
  },
  bestAccuracy: { title: 'Best val.', value: (row) => row.bestAccuracy, write: percent },
  testAccuracy: { title: 'Test acc.', value: (row) => row.testAccuracy, write: percent },
  learningRate: { title: 'Rate', value: (row) => row.learningRate, write: number },
  imagesPerSecond: { title: 'Images/s', value: (row) => row.imagesPerSecond, write: number },
  seconds: { title: 'Trained', value: (row) => row.seconds, write: duration },
  left: { title: 'Left', value: secondsLeft, write: duration },
  date: { title: 'Made', value: (row) => row.date, say: moment },
} as const satisfies Readonly<Record<string, Column>>;

/** The key of a column. */
export type ColumnKey = keyof typeof columns;

/** The keys in the order of the table. */
export const columnKeys = Object.keys(columns) as ColumnKey[];

/** What is shown unless the reader chooses, in a wide window and in a narrow one. */
export const usualColumns: Readonly<Record<'wide' | 'narrow', readonly ColumnKey[]>> = {
  wide: columnKeys.filter(
    (key) => !['parameters', 'epochs', 'bestAccuracy', 'seconds'].includes(key),
  ),
  narrow: ['name', 'status', 'epoch', 'validationAccuracy'],
};

/** What a line has in a column: of several runs the mean of numbers, and of texts those that occur. */
export function cellOf(line: Line, key: ColumnKey): string | number | undefined {
  if (key === 'name') return line.name;
  const { value } = columns[key] as Column;
  const values = line.rows.map(value).filter((each) => each !== undefined);
  if (values.length === 0) return undefined;
  if (typeof values[0] === 'number') return mean(values as number[]);
  return [...new Set(values)].join(', ');
}

/** A cell as it is read: of several runs with the standard deviation of what differs. */
export function cellText(line: Line, key: ColumnKey): string {
  const { value, write, say } = columns[key] as Column;
  const cell = cellOf(line, key);
  if (cell === undefined) return '';
  if (typeof cell === 'string') return say && line.rows.length === 1 ? say(cell) : cell;
  const values = line.rows.map(value).filter((each) => typeof each === 'number');
  if (key === 'seed' && values.length > 1) return values.join(', ');
  if (key === 'epoch' && line.rows.length === 1) return epochOf(line.rows[0] as RunRow);
  const off = deviation(values);
  const text = write ? write(cell) : String(cell);
  return off === null || off === 0 ? text : `${text} ${spread(off, write ?? String)}`;
}

/** How far a run is: `3 / 20`. */
function epochOf({ epoch = 0, epochs }: RunRow): string {
  return epochs === undefined ? String(epoch) : `${epoch} / ${epochs}`;
}
