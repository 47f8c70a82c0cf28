import { sha256 } from '@mnet/core/files';
import type { FollowedRun, JsonValue, RunRecord } from '@mnet/train';
import { seedlessSettings } from '@mnet/bench/settings';
import type { RunRow, RunStatus } from './protocol.ts';

/** A row without what the folder adds to the record. */
export type RecordRow = Omit<RunRow, 'id' | 'version' | 'report'>;

/**
 * The row of a run.
 *
 * @param error why it could not be read further
 */
export function rowOf(followed: FollowedRun, status: RunStatus, error?: string): RecordRow {
  const { record, generation } = followed;
  const shared = { generation, status };
  if (record === undefined) return { ...shared, error, group: `alone ${followed.dir}` };
  return {
    ...shared,
    error: error ?? record.error,
    group: groupOf(record),
    ...settingsShown(record),
    ...figures(record),
    ...(status === 'running' && { endsAt: endOf(followed, record) }),
  };
}

/** A digest of {@link seedlessSettings}. */
export function groupOf(record: RunRecord): string {
  return sha256([new TextEncoder().encode(seedlessSettings(record))]).slice(0, 16);
}

function settingsShown({ date, model, dataset, options }: RunRecord) {
  const made = (model.made ?? {}) as { network?: JsonValue; options?: { width?: JsonValue } };
  return {
    date,
    network: typeof made.network === 'string' ? made.network : model.name,
    width: numberOf(made.options?.width),
    parameters: model.trainableParameters,
    dataset: dataset.name,
    seed: numberOf(options.seed),
    epochs: numberOf(options.epochs),
  };
}

function figures({ epochs, steps, best, test, seconds }: RunRecord) {
  const last = epochs.at(-1);
  const step = steps?.at(-1);
  // Steps are logged before their epoch is.
  const newer = step !== undefined && step.step > (last?.step ?? 0) ? step : undefined;
  const validated = epochs.findLast(({ validationLoss }) => validationLoss !== undefined);
  return {
    epoch: last?.epoch ?? 0,
    step: newer?.step ?? last?.step,
    trainLoss: newer?.loss ?? last?.trainLoss,
    trainAccuracy: newer?.accuracy ?? last?.trainAccuracy,
    validationLoss: validated?.validationLoss,
    validationAccuracy: validated?.validationAccuracy,
    bestAccuracy: best?.validationAccuracy,
    testAccuracy: test?.accuracy,
    learningRate: newer?.learningRate ?? last?.learningRate,
    imagesPerSecond: last?.imagesPerSecond,
    seconds,
  };
}

/** So many of the last epochs say how long one takes. */
const RECENT = 3;

/** When a run should be done, in milliseconds since 1970; undefined before its first epoch is. */
function endOf(followed: FollowedRun, { epochs, options }: RunRecord): number | undefined {
  const planned = numberOf(options.epochs);
  const last = epochs.at(-1);
  const since = last && followed.timeOf(last);
  if (planned === undefined || last === undefined || since === undefined) return undefined;
  const recent = epochs.slice(-RECENT);
  const taken = recent.reduce((sum, e) => sum + e.seconds + (e.validationSeconds ?? 0), 0);
  return since + ((planned - last.epoch) * taken * 1000) / recent.length;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
