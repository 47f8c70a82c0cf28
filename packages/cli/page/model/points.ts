import type { Columns } from '../../src/watch/protocol.ts';
import type { Curves } from '../data/curves.ts';

/** What a chart has along. `time` is in seconds from the run's first moment. */
export type Axis = 'step' | 'epoch' | 'time';

/** A curve before it is drawn. */
export interface Points {
  /** Steps: the same of runs that differ by their seeds alone, whatever the axis. */
  readonly steps: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

/** A figure that has a chart. */
export interface Figure {
  readonly title: string;
  /** Its column of the epochs. */
  readonly key: string;
  /** Its column of the records of steps, which are finer. */
  readonly stepKey?: string;
  /** Whether it is a part of a whole, to be shown in per cent. */
  readonly percent?: boolean;
  /** Whether it has noise to be smoothed. */
  readonly smooth: boolean;
}

const usual: readonly Figure[] = [
  { title: 'Training loss', key: 'trainLoss', stepKey: 'loss', smooth: true },
  { title: 'Validation loss', key: 'validationLoss', smooth: true },
  {
    title: 'Training accuracy',
    key: 'trainAccuracy',
    stepKey: 'accuracy',
    percent: true,
    smooth: true,
  },
  { title: 'Validation accuracy', key: 'validationAccuracy', percent: true, smooth: true },
  { title: 'Learning rate', key: 'learningRate', stepKey: 'learningRate', smooth: false },
  { title: 'Images per second', key: 'imagesPerSecond', smooth: false },
];

/** The figures that some of these runs have, the parts of their losses last. */
export function figuresOf(runs: readonly Curves[]): Figure[] {
  const keys = new Set(runs.flatMap(({ epochs }) => Object.keys(epochs)));
  const terms = [...keys].filter((key) => key.startsWith('term ')).toSorted();
  const all: Figure[] = [
    ...usual,
    ...terms.map((key) => ({ title: `Loss: ${key.slice('term '.length)}`, key, smooth: true })),
  ];
  return all.filter(({ key, stepKey }) =>
    runs.some(({ epochs, steps }) => hasValues(epochs, key) || hasValues(steps, stepKey)),
  );
}

function hasValues(columns: Columns, key: string | undefined): boolean {
  return key !== undefined && (columns[key]?.some((value) => value !== null) ?? false);
}

/** A figure of a run along an axis: by steps where the run noted them, but one an epoch along the epochs. */
export function pointsOf({ epochs, steps }: Curves, figure: Figure, axis: Axis): Points {
  const finer = axis !== 'epoch' && hasValues(steps, figure.stepKey);
  const from = finer ? steps : epochs;
  const y = from[finer ? (figure.stepKey as string) : figure.key] ?? [];
  const kept = y.flatMap((value, i) => (value !== null && from[axis]?.[i] != null ? [i] : []));
  const at = (column: Columns[string] | undefined): number[] =>
    kept.map((i) => column?.[i] as number);
  return { steps: at(from.step), x: at(from[axis]), y: at(y) };
}
