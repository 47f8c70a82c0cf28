import type { EpochRecord, FollowedRun, RunRecord, StepRecord } from '@mnet/train';
import type { Columns, RunCurves } from './protocol.ts';

const epochColumns = [
  'epoch',
  'step',
  'trainLoss',
  'trainAccuracy',
  'validationLoss',
  'validationAccuracy',
  'learningRate',
  'imagesPerSecond',
] as const satisfies readonly (keyof EpochRecord)[];

const stepColumns = [
  'step',
  'epoch',
  'loss',
  'accuracy',
  'learningRate',
] as const satisfies readonly (keyof StepRecord)[];

/**
 * What the curves of a run are drawn from.
 *
 * @param from how many records of steps the page has of this generation
 */
export function curvesOf(followed: FollowedRun, id: string, from: number): RunCurves {
  const { record, generation } = followed;
  const steps = record?.steps?.slice(from) ?? [];
  const time = secondsSince(followed, record);
  const { epochs = [] } = record ?? {};
  return {
    id,
    generation,
    epochs: { ...columns(epochs, epochColumns), time: epochs.map(time), ...terms(epochs) },
    steps: { ...columns(steps, stepColumns), time: steps.map(time) },
    firstStep: from,
  };
}

function secondsSince(followed: FollowedRun, record: RunRecord | undefined) {
  const begin = Date.parse(record?.date ?? '');
  return (each: EpochRecord | StepRecord): number | null => {
    const seconds = ((followed.timeOf(each) ?? Number.NaN) - begin) / 1000;
    return Number.isFinite(seconds) ? seconds : null;
  };
}

function columns<T>(records: readonly T[], names: readonly (keyof T & string)[]): Columns {
  return Object.fromEntries(
    names.map((name) => [name, records.map((record) => (record[name] as number) ?? null)]),
  );
}

function terms(epochs: readonly EpochRecord[]): Columns {
  const names = new Set(epochs.flatMap(({ terms: each = {} }) => Object.keys(each)));
  return Object.fromEntries(
    [...names].map((name) => [`term ${name}`, epochs.map((e) => e.terms?.[name] ?? null)]),
  );
}
